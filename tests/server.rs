//! `pkce-login-authorizer` as its users start it: a process, a port, and HTTP.
#![cfg(test)]

#[path = "support/signer.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod signer;

mod server {
    mod program;

    mod login;
    mod options;
    mod wire;
}
