//! The built-in authorizer in the demo: started before a run, reached even where its worker does not control the page,
//! and removed on request.

use std::cell::RefCell;

use pkce_login::browser::built_in::{self, BuiltIn};
use pkce_login::client::ports::{HttpFailure, HttpRequest, HttpResponse};

use super::run_error::RunError;
use super::web;

/// The client identifier of this app at the built-in authorizer.
pub(super) const CLIENT_ID: &str = "pkce-login-demo";

thread_local! {
    static RUNNING: RefCell<Option<BuiltIn>> = const { RefCell::new(None) };
}

/// The strict issuer, or the issuer with one switch on.
pub(super) fn issuer(switch: Option<&str>) -> String {
    let strict = format!("{}authorizer", web::base());
    match switch {
        Some(name) => format!("{strict}/~{name}"),
        None => strict,
    }
}

/// Whether an issuer is the built-in one, strict or not.
pub(super) fn is_issuer(candidate: &str) -> bool {
    let strict = issuer(None);
    candidate.strip_prefix(&strict).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Starts it, or finds it running. Every run does, as the worker may have been removed meanwhile.
pub(super) async fn start() -> Result<(), RunError> {
    let base = web::base();
    match built_in::ensure_ready(&format!("{base}authorizer-worker.js"), &base).await {
        Ok(running) => {
            RUNNING.with_borrow_mut(|slot| *slot = Some(running));
            Ok(())
        }
        Err(error) => Err(RunError::from(error)),
    }
}

/// Whether a request for the built-in authorizer would miss its worker.
pub(super) fn needs_bridge(url: &str) -> bool {
    RUNNING.with_borrow(|running| running.as_ref().is_some_and(|running| running.must_carry(url)))
}

pub(super) async fn send(request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
    let running = RUNNING.with_borrow(Clone::clone).ok_or(HttpFailure::Unreachable)?;
    running.send(request).await
}

/// Removes the worker and everything that it stored, even if this page did not start it.
pub(super) async fn remove() {
    RUNNING.set(None);
    built_in::forget(&web::base()).await;
}
