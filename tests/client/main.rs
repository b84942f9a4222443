//! The client, natively: every promise that it makes to an app, and every lie that an authorizer may tell it.
#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod apis;
mod arrivals;
mod clocks;
mod clocks_by_chance;
mod discovery;
mod dpop;
mod error_kinds;
mod exchanged_on_arrival;
mod helpers;
mod id_tokens;
mod logins;
mod mix_up;
mod odd_but_allowed;
mod persistence;
mod pushed;
mod sessions;
mod signed_answers;
mod signed_out_elsewhere;
mod silent;
mod storage;
mod tabs;
mod token_endpoint;
