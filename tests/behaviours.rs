//! What people may expect of a login client, and what other clients let through: each item of `docs/behaviours.md` has
//! a test here that is named after it. What only a browser can show is in `tests/e2e/specs/behaviours.spec.mjs`.
#![cfg(test)]

#[allow(dead_code, reason = "the tests of the client use all of it")]
#[path = "client/helpers.rs"]
mod helpers;
mod support;

mod behaviours {
    mod faults;
    mod faults_of_sessions;
    mod logins;
    mod sessions;
}
