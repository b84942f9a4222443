//! What the demo stores of a run, to show it after the return from the authorizer.
//!
//! The verifier is not in it: the login stores that, and no page shows it before it is used.

use pkce_login::browser::BrowserPlatform;
use pkce_login::client::ClientConfig;
use pkce_login::client::ports::{Place, Store as _};
use pkce_login::protocol::json::{Object, Writer};

const KEY: &str = "pkce-login.run";

/// A run up to the redirect.
#[derive(Clone, PartialEq)]
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

/// Stores the run. It is for display only: if it cannot be stored, the login still works.
pub(super) fn keep(run: &RunRecord) {
    let text = Writer::new()
        .str("authorizer", &run.authorizer)
        .str("issuer", &run.issuer)
        .str("client_id", &run.client_id)
        .str("redirect_uri", &run.redirect_uri)
        .str("scope", &run.scope)
        .str("challenge", &run.challenge)
        .str("url", &run.url)
        .finish();
    let _ = BrowserPlatform.set(Place::Tab, KEY, &text);
}

/// The run that this tab began last.
pub(super) fn last() -> Option<RunRecord> {
    let text = BrowserPlatform.get(Place::Tab, KEY).ok()??;
    let run = Object::parse(&text).ok()?;
    let member = |name: &str| run.str(name).map(str::to_owned);
    Some(RunRecord {
        authorizer: member("authorizer")?,
        issuer: member("issuer")?,
        client_id: member("client_id")?,
        redirect_uri: member("redirect_uri")?,
        scope: member("scope")?,
        challenge: member("challenge")?,
        url: member("url")?,
    })
}
