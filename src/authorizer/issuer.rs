//! The issuer that a request is for.

use super::switches::Behaviour;

/// The issuer of one request and what its name switches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issuer {
    /// The issuer, exactly as the URL had it.
    pub(super) url: String,
    /// What stands behind `~`, empty for strict: keeps the records of the issuers apart.
    pub(super) tag: String,
    pub(super) behaviour: Behaviour,
}
