//! What stays in the address after the client has taken the response out (OAuth 2.1, section 2.3.6).

use super::form;
use super::url;

/// Parameters that only a response has.
const RESPONSE: [&str; 13] = [
    "code",
    "state",
    "iss",
    "session_state",
    "error",
    "error_description",
    "error_uri",
    "response",
    "access_token",
    "token_type",
    "expires_in",
    "id_token",
    "refresh_token",
];

/// Parameters that some authorizers add. An app may use the same names, so they go only with a response.
const EXTRA: [&str; 5] = ["scope", "authuser", "hd", "prompt", "client_info"];

/// Whether only a response has a parameter with this name.
#[must_use]
pub fn is_response_parameter(name: &str) -> bool {
    RESPONSE.contains(&name)
}

/// A URL without the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// The URL that may stay in the address bar.
    pub cleaned: String,
    /// Whether it differs from the original URL.
    pub changed: bool,
}

/// Takes every response parameter out of query and fragment; all else stays byte for byte.
///
/// Pairs that belong to the registered query of `redirect_uri` stay, once each.
#[must_use]
pub fn scrub(callback_url: &str, redirect_uri: &str) -> Scrubbed {
    let (base, query, fragment) = url::split(callback_url);
    let (_, registered, _) = url::split(redirect_uri);
    let mut registered: Vec<&str> = registered.unwrap_or_default().split('&').collect();

    let query_has_response = query.is_some_and(has_response);
    let fragment_has_response = fragment.is_some_and(|text| text.contains('=') && has_response(text));

    let mut cleaned = base.to_owned();
    if let Some(query) = query {
        let kept = if query_has_response {
            without_response(query, |raw| match registered.iter().position(|known| *known == raw) {
                Some(at) => {
                    registered.swap_remove(at);
                    true
                }
                None => false,
            })
        } else {
            query.to_owned()
        };
        if !kept.is_empty() || !query_has_response {
            cleaned.push('?');
            cleaned.push_str(&kept);
        }
    }
    if let Some(fragment) = fragment {
        let kept = if fragment_has_response { without_response(fragment, |_| false) } else { fragment.to_owned() };
        // Some authorizers append "#_" or "#_=_" to keep a browser from carrying an old fragment over.
        let filler = query_has_response && matches!(fragment, "_" | "_=_");
        if !filler && (!kept.is_empty() || !fragment_has_response) {
            cleaned.push('#');
            cleaned.push_str(&kept);
        }
    }
    Scrubbed { changed: cleaned != callback_url, cleaned }
}

fn has_response(text: &str) -> bool {
    form::pairs(text).any(|pair| is_response_parameter(&pair.name))
}

fn without_response(text: &str, mut is_registered: impl FnMut(&str) -> bool) -> String {
    let kept: Vec<&str> = text
        .split('&')
        .filter(|raw| {
            let name = form::decode(raw.split('=').next().unwrap_or_default());
            let ours = RESPONSE.contains(&name.as_ref()) || EXTRA.contains(&name.as_ref());
            !raw.is_empty() && (!ours || is_registered(raw))
        })
        .collect();
    kept.join("&")
}
