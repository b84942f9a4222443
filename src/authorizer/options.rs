//! The options of a test: which apps, which people, how long things last. Every part may be left out.

use super::config::{ClientRegistration, Config, ConsentPolicy, Lifetimes, Person, RefreshTokens};
use crate::protocol::url::{self, AbsoluteUrl};

/// The world of one authorizer, as a test describes it. `from_json` refuses members that are not known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuthorizerOptions {
    /// The registered apps. Without any, the app `pkce-login-demo` with `callback.html` beside the authorizer.
    pub clients: Vec<ClientOptions>,
    /// The people who can sign in. Without any, Ada Demo and Grace Demo.
    pub people: Vec<PersonOptions>,
    /// How long things last.
    pub lifetimes: LifetimeOptions,
    /// Whether the person is asked what an app may do: `asked` or `given`.
    pub consent: ConsentPolicy,
    /// The `sub` of the person who is signed in without a page.
    pub sign_in_as: Option<String>,
}

/// One app.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClientOptions {
    /// The client identifier.
    pub client_id: String,
    /// The name that the pages show; the client identifier, if it is left out.
    pub name: Option<String>,
    /// The redirect URIs; relative ones are resolved against the directory of the authorizer.
    pub redirect_uris: Vec<String>,
    /// Where the browser may go after a sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// `with_offline_access` or `always`.
    pub refresh_tokens: RefreshTokens,
    /// Whether it must bind its tokens to a key (RFC 9449).
    pub requires_dpop: bool,
    /// Whether it must push its requests (RFC 9126).
    pub requires_par: bool,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonOptions {
    /// The subject identifier.
    pub sub: String,
    /// The name; the subject identifier, if it is left out.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Further claims for the scope `profile`, by name: texts.
    pub claims: Vec<(String, String)>,
}

/// Lifetimes in seconds; those that are left out are the usual ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LifetimeOptions {
    /// A code.
    pub code: Option<u32>,
    /// An access token.
    pub access_token: Option<u32>,
    /// An ID token.
    pub id_token: Option<u32>,
    /// A family of tokens.
    pub refresh_token: Option<u32>,
    /// The sign-in of a person.
    pub session: Option<u32>,
}

/// Why options cannot be used: a sentence that names the option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionsError(String);

impl OptionsError {
    pub(super) fn new(sentence: &[&str]) -> Self {
        Self(sentence.concat())
    }
}

impl std::fmt::Display for OptionsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OptionsError {}

/// Claims that the authorizer sets itself.
const OWN_CLAIMS: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "acr",
    "nonce",
    "at_hash",
    "sid",
    "name",
    "email",
    "email_verified",
];

impl AuthorizerOptions {
    /// The configuration of the authorizer of an app at `app_base`, an absolute URL that ends with a slash.
    ///
    /// # Errors
    /// [`OptionsError`]: the first option that cannot be used.
    pub fn into_config(self, app_base: &str) -> Result<Config, OptionsError> {
        let mut config = Config::for_app(app_base);
        if !self.clients.is_empty() {
            config.clients = Vec::new();
            for client in self.clients {
                let client = client.registration(app_base)?;
                unused(config.clients.iter().map(|known| &known.client_id), &client.client_id, "clients: client_id")?;
                config.clients.push(client);
            }
        }
        if !self.people.is_empty() {
            config.people = Vec::new();
            for person in self.people {
                let person = person.person()?;
                unused(config.people.iter().map(|known| &known.sub), &person.sub, "people: sub")?;
                config.people.push(person);
            }
        }
        if let Some(sub) = &self.sign_in_as
            && config.person(sub).is_none()
        {
            return Err(OptionsError(format!("sign_in_as: there is no person with the sub “{sub}”.")));
        }
        let usual = Lifetimes::default();
        let LifetimeOptions { code, access_token, id_token, refresh_token, session } = self.lifetimes;
        let chosen = |chosen: Option<u32>, usual: i64, name: &str| match chosen {
            Some(0) => Err(OptionsError(format!("lifetimes: {name} is 0. Give it a second or more."))),
            Some(seconds) => Ok(i64::from(seconds)),
            None => Ok(usual),
        };
        config.lifetimes = Lifetimes {
            code: chosen(code, usual.code, "code")?,
            access_token: chosen(access_token, usual.access_token, "access_token")?,
            id_token: chosen(id_token, usual.id_token, "id_token")?,
            refresh_token: chosen(refresh_token, usual.refresh_token, "refresh_token")?,
            session: chosen(session, usual.session, "session")?,
        };
        config.consent = self.consent;
        config.sign_in_as = self.sign_in_as;
        Ok(config)
    }
}

impl ClientOptions {
    fn registration(self, app_base: &str) -> Result<ClientRegistration, OptionsError> {
        if self.client_id.is_empty() {
            return Err(OptionsError("clients: a client has no client_id.".to_owned()));
        }
        if self.redirect_uris.is_empty() {
            return Err(OptionsError(format!("clients: “{}” has no redirect_uris.", self.client_id)));
        }
        let resolved = |uris: Vec<String>, option: &str| -> Result<Vec<String>, OptionsError> {
            uris.into_iter().map(|uri| self::resolved(&uri, app_base, option)).collect()
        };
        Ok(ClientRegistration {
            name: self.name.unwrap_or_else(|| self.client_id.clone()),
            redirect_uris: resolved(self.redirect_uris, "redirect_uris")?,
            post_logout_redirect_uris: resolved(self.post_logout_redirect_uris, "post_logout_redirect_uris")?,
            refresh_tokens: self.refresh_tokens,
            requires_dpop: self.requires_dpop,
            requires_par: self.requires_par,
            client_id: self.client_id,
        })
    }
}

impl PersonOptions {
    fn person(self) -> Result<Person, OptionsError> {
        if self.sub.is_empty() {
            return Err(OptionsError("people: a person has no sub.".to_owned()));
        }
        if let Some(own) = self.claims.iter().map(|(name, _)| name).find(|name| OWN_CLAIMS.contains(&name.as_str())) {
            return Err(OptionsError(format!("people: the claim “{own}” of “{}” is the authorizer's own.", self.sub)));
        }
        let json = |text: &str| {
            let mut json = String::new();
            crate::protocol::json::write_string(&mut json, text);
            json
        };
        Ok(Person {
            name: self.name.unwrap_or_else(|| self.sub.clone()),
            email: self.email.unwrap_or_default(),
            claims: self.claims.iter().map(|(name, text)| (name.clone(), json(text))).collect(),
            sub: self.sub,
        })
    }
}

/// An absolute URL; one of a file or a path is of the directory or the origin of the authorizer.
fn resolved(uri: &str, app_base: &str, option: &str) -> Result<String, OptionsError> {
    let base = AbsoluteUrl::parse(app_base).map(|base| base.origin()).unwrap_or_default();
    let absolute = match uri {
        _ if uri.contains("://") => uri.to_owned(),
        _ if url::is_same_origin_path(uri) => [&base, uri].concat(),
        _ => [app_base, uri].concat(),
    };
    match AbsoluteUrl::parse(&absolute) {
        Ok(url) if url.fragment.is_none() => Ok(absolute),
        _ => Err(OptionsError(format!(
            "clients: {option} has “{uri}”. Give https, or http on this machine, without a fragment."
        ))),
    }
}

fn unused<'a>(mut known: impl Iterator<Item = &'a String>, name: &str, option: &str) -> Result<(), OptionsError> {
    match known.any(|known| known == name) {
        true => Err(OptionsError(format!("{option} “{name}” is there twice."))),
        false => Ok(()),
    }
}
