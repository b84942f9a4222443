//! The state at one moment, for the page: one JSON object without tokens.

use super::report::Report;
use crate::browser::auth::AuthState;
use crate::protocol::json::Writer;

/// `session` counts the sessions of this page.
pub(super) fn of(state: &AuthState, session: u32) -> String {
    let json = Writer::new();
    match state {
        AuthState::Pending(_) => json.str("status", "pending"),
        AuthState::SignedOut(signed_out) => {
            let status = if signed_out.is_leaving() { "leaving" } else { "signed-out" };
            let error = signed_out.problem().map(Report::of);
            json.str("status", status).raw("error", error.as_ref().map_or("null", Report::as_str))
        }
        AuthState::SignedIn(signed_in) => {
            let held = signed_in.session();
            let json = json
                .str("status", "signed-in")
                .int("session", session.into())
                .raw("user", held.id_token().map_or(r#"{"sub":""}"#, |token| token.claims()))
                .str("scope", held.scope().as_str())
                .str("returnTo", held.return_to());
            let json = match held.expires_at() {
                Some(seconds) => json.int("expiresAt", seconds),
                None => json,
            };
            match held.clock_is_ahead_by() {
                Some(seconds) => json.int("clockIsAheadBy", seconds),
                None => json,
            }
        }
    }
    .finish()
}
