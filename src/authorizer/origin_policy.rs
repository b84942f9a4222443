//! Where the authorizer may run. It signs anyone in as anyone, so it must not run on a real site by accident.

use crate::protocol::form;
use crate::protocol::url::{self, AbsoluteUrl};

/// The flag in the address of the worker script that allows an origin other than this machine.
const FLAG: &str = "allow-origin";

/// The origin is not this machine, and the worker script has no flag that allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginNotAllowed;

impl std::fmt::Display for OriginNotAllowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The built-in authorizer lets anyone in. It runs on this machine only, unless its script is registered with ?allow-origin=1.")
    }
}

impl std::error::Error for OriginNotAllowed {}

/// Whether the authorizer may answer at the origin of `script_url`, the address of its worker script: on this machine
/// always, elsewhere only if that address has `allow-origin=1` (checklist S-42).
///
/// Call it before [`Authorizer::new`](super::Authorizer::new).
///
/// # Errors
/// [`OriginNotAllowed`].
pub fn may_run_at(script_url: &str) -> Result<(), OriginNotAllowed> {
    let (place, query, _) = url::split(script_url);
    let is_this_machine = AbsoluteUrl::parse(place).is_ok_and(|url| url.is_loopback());
    let is_allowed = form::Params::parse(query.unwrap_or_default()).get(FLAG) == Some("1");
    if is_this_machine || is_allowed { Ok(()) } else { Err(OriginNotAllowed) }
}
