//! The built-in authorizer, request by request: every rule has a test that fails when the rule is taken away.
#![cfg(test)]

mod authorizer {
    mod prover;
    mod world;

    mod authorize;
    mod codes;
    mod cookies;
    mod cors;
    mod dpop;
    mod grant_details;
    mod interaction;
    mod jarm;
    mod logout;
    mod metadata;
    mod options;
    mod pages;
    mod par;
    mod records;
    mod refresh;
    mod resource;
    mod switches;
    mod token;
    mod vectors;
    mod weaknesses;
}
