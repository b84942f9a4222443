//! The client, natively: every promise that it makes to an app, and every lie that an authorizer may tell it.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod discovery;
mod helpers;
mod id_tokens;
mod logins;
mod sessions;
mod storage;
mod token_endpoint;
