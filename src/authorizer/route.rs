//! Finds the issuer and the endpoint of a URL.

use crate::protocol::url::{self, AbsoluteUrl};

use super::issuer::Issuer;
use super::switches::Behaviour;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Metadata,
    Jwks,
    Par,
    Authorize,
    SignIn,
    Consent,
    Token,
    UserInfo,
    Revoke,
    Logout,
    SignOut,
    Style,
}

/// Paths below the issuer.
const PATHS: [(&str, Route); 12] = [
    ("/.well-known/openid-configuration", Route::Metadata),
    ("/jwks", Route::Jwks),
    ("/par", Route::Par),
    ("/authorize", Route::Authorize),
    ("/sign-in", Route::SignIn),
    ("/consent", Route::Consent),
    ("/token", Route::Token),
    ("/userinfo", Route::UserInfo),
    ("/revoke", Route::Revoke),
    ("/logout", Route::Logout),
    ("/sign-out", Route::SignOut),
    ("/style.css", Route::Style),
];

/// Precedes the path of the issuer (RFC 8414, section 3.1).
const OAUTH_WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// Which pages of other origins may read the responses of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// None: the browser itself navigates to the endpoint (RFC 9700, section 2.6).
    Nobody,
    /// Any page: nothing in it is private.
    Everybody,
    /// Pages of the origins of registered redirect URIs (RFC 10017, section 6.3.3.4).
    Clients,
}

impl Route {
    pub(super) const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Metadata | Self::Jwks | Self::Style => &["GET"],
            Self::Par | Self::Token | Self::Revoke | Self::SignOut => &["POST"],
            // OpenID Connect Core, sections 3.1.2.1 and 5.3.1; RP-Initiated Logout, section 2.
            Self::Authorize | Self::SignIn | Self::Consent | Self::UserInfo | Self::Logout => &["GET", "POST"],
        }
    }

    /// The name in the log.
    pub(super) fn name(self) -> &'static str {
        let path = PATHS.iter().find(|(_, route)| *route == self).map_or("", |(path, _)| path);
        path.trim_start_matches("/.well-known").trim_start_matches('/')
    }

    pub(super) const fn readers(self) -> Readers {
        match self {
            Self::Metadata | Self::Jwks => Readers::Everybody,
            Self::Par | Self::Token | Self::UserInfo | Self::Revoke => Readers::Clients,
            _ => Readers::Nobody,
        }
    }

    /// Whether scripts call the endpoint, and the browser does not navigate to it.
    pub(super) fn is_for_scripts(self) -> bool {
        self.readers() != Readers::Nobody
    }

    /// Whether the endpoint checks DPoP proofs (RFC 9449, sections 5, 7 and 10.1).
    pub(super) const fn takes_proofs(self) -> bool {
        matches!(self, Self::Par | Self::Token | Self::UserInfo)
    }
}

/// The result of [`find`].
pub(super) enum Found<'a> {
    Endpoint(Issuer, Route),
    /// The issuer names a switch that does not exist. The endpoint, if the path is that of one.
    UnknownSwitch(&'a str, Option<Route>),
    Nothing,
}

pub(super) fn find<'a>(issuer_base: &str, request_url: &'a str) -> Found<'a> {
    let (place, _, _) = url::split(request_url);
    if let Some(rest) = place.strip_prefix(issuer_base) {
        let (tag, path) = split_tag(rest);
        let route = PATHS.iter().find(|(known, _)| *known == path).map(|(_, route)| *route);
        return found(issuer_base, tag, route);
    }
    let Ok(base) = AbsoluteUrl::parse(issuer_base) else { return Found::Nothing };
    let well_known = format!("{}://{}{OAUTH_WELL_KNOWN}{}", base.scheme, base.authority, base.path);
    match place.strip_prefix(&well_known).map(split_tag) {
        Some((tag, "")) => found(issuer_base, tag, Some(Route::Metadata)),
        _ => Found::Nothing,
    }
}

/// `/~a+b/token` is the tag `a+b` and the path `/token`; without `/~` there is no tag.
fn split_tag(rest: &str) -> (Option<&str>, &str) {
    let Some(named) = rest.strip_prefix("/~") else { return (None, rest) };
    let end = named.find('/').unwrap_or(named.len());
    match named.split_at_checked(end) {
        Some((tag, path)) => (Some(tag), path),
        None => (None, rest),
    }
}

fn found<'a>(issuer_base: &str, tag: Option<&'a str>, route: Option<Route>) -> Found<'a> {
    let behaviour = match tag.map(Behaviour::parse) {
        None => Behaviour::default(),
        Some(Ok(behaviour)) => behaviour,
        Some(Err(name)) => return Found::UnknownSwitch(name, route),
    };
    let Some(route) = route else { return Found::Nothing };
    let url = tag.map_or_else(|| issuer_base.to_owned(), |tag| format!("{issuer_base}/~{tag}"));
    Found::Endpoint(Issuer { url, tag: tag.unwrap_or_default().to_owned(), behaviour }, route)
}
