//! The issuer that a request is for.

use super::switches::Behaviour;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issuer {
    /// The issuer, exactly as the URL had it.
    pub(super) url: String,
    /// The part of its name after `~`, empty for the strict issuer. It keeps the records of the issuers apart.
    pub(super) tag: String,
    pub(super) behaviour: Behaviour,
}
