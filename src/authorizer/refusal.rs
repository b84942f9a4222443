//! Refusals: the error for the client, and the line in the log.

/// One refusal: which check made it, where, and why. All texts are constants, so no secret can be in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine {
    /// The id of the check, for example `S-07`.
    pub check: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// The reason, in a sentence.
    pub why: &'static str,
}

impl LogLine {
    pub(super) const fn new(check: &'static str, endpoint: &'static str, why: &'static str) -> Self {
        Self { check, endpoint, why }
    }
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.check, self.endpoint, self.why)
    }
}

/// A refusal: an error of the protocol (RFC 6749, sections 4.1.2.1 and 5.2) and a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) check: &'static str,
    pub(super) error: &'static str,
    /// Sent as `error_description`: ASCII without quotes and backslashes.
    pub(super) why: &'static str,
}

impl Refusal {
    pub(super) const fn new(check: &'static str, error: &'static str, why: &'static str) -> Self {
        Self { check, error, why }
    }
}
