//! Redirect URI comparison at the authorizer (RFC 9700, section 4.1.3).

use super::url::AbsoluteUrl;

/// Whether `given` equals one of the `registered` redirect URIs, character by character.
///
/// The only exception: `given` may add a port to a loopback IP literal that a native client registered without a port
/// (RFC 8252, section 7.3).
#[must_use]
pub fn is_registered(registered: &[impl AsRef<str>], given: &str) -> bool {
    registered.iter().any(|known| known.as_ref() == given || differs_in_loopback_port_only(known.as_ref(), given))
}

fn differs_in_loopback_port_only(registered: &str, given: &str) -> bool {
    let (Ok(registered), Ok(given)) = (AbsoluteUrl::parse(registered), AbsoluteUrl::parse(given)) else {
        return false;
    };
    matches!(registered.host(), "127.0.0.1" | "[::1]")
        && registered.scheme == "http"
        && registered.port().is_none()
        && given.port().is_some()
        && given.host() == registered.host()
        && given.scheme == registered.scheme
        && given.path == registered.path
        && given.query == registered.query
        && given.fragment.is_none()
}
