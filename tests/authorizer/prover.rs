//! A client with a key of its own, and its DPoP proofs: right, or wrong in what a test says.

use std::cell::Cell;

use pkce_login::authorizer::{Request, Response};
use pkce_login::protocol::base64url;
use pkce_login::protocol::dpop_check::access_token_digest;
use pkce_login::protocol::secret::AccessToken;
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use super::world::*;

pub(crate) struct Prover {
    key: Key,
    proofs: Cell<u32>,
}

impl Prover {
    pub(crate) fn new() -> Self {
        Self { key: new_key(), proofs: Cell::new(0) }
    }

    pub(crate) fn jkt(&self) -> String {
        self.key.jwk.thumbprint()
    }

    pub(crate) fn jwk(&self) -> Value {
        serde_json::from_str(&self.key.jwk.to_json()).unwrap()
    }

    /// A proof for that request at that time. Changes replace or, with `null`, remove a member of the header
    /// (`typ`, `alg`, `jwk`, `crit`) or a claim.
    pub(crate) fn proof(&self, request: &Request, now: i64, changes: &[(&str, Value)]) -> String {
        self.proofs.set(self.proofs.get() + 1);
        let mut header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() });
        let mut claims = json!({
            "jti": format!("proof-{}", self.proofs.get()), "htm": request.method, "htu": request.url, "iat": now,
        });
        for (name, value) in changes {
            let part = if ["typ", "alg", "jwk", "crit"].contains(name) { &mut header } else { &mut claims };
            part[*name] = value.clone();
            if value.is_null() {
                part.as_object_mut().unwrap().remove(*name);
            }
        }
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let input = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(signature.as_ref()))
    }

    /// The same request with a proof.
    pub(crate) fn prove(&self, world: &World, request: Request, changes: &[(&str, Value)]) -> Request {
        let dpop = Some(self.proof(&request, world.now, changes));
        Request { dpop, ..request }
    }

    pub(crate) fn redeem(&self, world: &mut World, code: &str, changes: &[(&str, Value)]) -> Response {
        let request = self.prove(world, world.redeem_request(code, &[]), changes);
        world.send(&request)
    }

    pub(crate) fn refresh(&self, world: &mut World, token: &str, changes: &[(&str, Value)]) -> Response {
        let request = self.prove(world, world.refresh_request(token, &[]), changes);
        world.send(&request)
    }

    /// Tokens of a fresh sign-in, bound to the key.
    pub(crate) fn tokens(&self, world: &mut World) -> Value {
        let code = world.code(&[]);
        granted(&self.redeem(world, &code, &[]))
    }

    /// Asks for the claims with a proof about the token.
    pub(crate) fn userinfo(&self, world: &mut World, token: &str, changes: &[(&str, Value)]) -> Response {
        let mut all = vec![("ath", access_token_digest(&AccessToken::new(token)).into())];
        all.extend_from_slice(changes);
        let mut request = self.prove(world, Request::get(world.at("userinfo")), &all);
        request.authorization = Some(format!("DPoP {token}"));
        world.send(&request)
    }
}
