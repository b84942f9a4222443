//! What of a run must outlast the trip to the authorizer, to be shown afterwards.
//!
//! The verifier is not in it: that is in the login's own slot, and nobody shows it before it is used.

use gloo_storage::{SessionStorage, Storage as _};
use pkce_login::browser::BrowserPlatform;
use pkce_login::client::ClientConfig;
use pkce_login::client::ports::Store as _;
use serde::{Deserialize, Serialize};

const KEY: &str = "pkce-login.run";

/// A run up to the redirect.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunRecord {
    /// The authorizer's name in the setup.
    pub(super) authorizer: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) challenge: String,
    /// The authorization request.
    pub(super) url: String,
}

impl RunRecord {
    pub(super) fn config(&self) -> ClientConfig {
        ClientConfig::new(&self.issuer, &self.client_id, &self.redirect_uri).with_scope(&self.scope)
    }
}

/// Keeps the run. It is for showing only: if it cannot be kept, the login still works.
pub(super) fn keep(record: &RunRecord) {
    // Asked first, because gloo's handle throws where storage is blocked.
    if BrowserPlatform.keys().is_ok() {
        let _ = SessionStorage::set(KEY, record);
    }
}

/// The run that this tab began last.
pub(super) fn last() -> Option<RunRecord> {
    BrowserPlatform.keys().ok()?;
    SessionStorage::get(KEY).ok()
}
