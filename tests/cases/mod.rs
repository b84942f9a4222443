//! What the native and the in-browser run of the vectors share.

use pkce_login::protocol::dpop_check::{ProofExpectations, UnverifiedProof};
use pkce_login::protocol::id_token::{IdTokenExpectations, OriginalClaims, Signature, UnverifiedIdToken};
use pkce_login::protocol::jarm::{JarmExpectations, UnverifiedResponse};
use pkce_login::protocol::jwk::{Jwk, JwkSet};
use pkce_login::protocol::secret::{AccessToken, Nonce};
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use serde_json::Value;

/// Texts of the vectors with `<<repeat:x*N>>` written out.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    let mut rest = value.as_str().unwrap();
    while let Some((before, after)) = rest.split_once("<<repeat:") {
        let (unit, after) = after.split_once('*').unwrap();
        let (count, after) = after.split_once(">>").unwrap();
        out.push_str(before);
        out.push_str(&unit.repeat(count.parse().unwrap()));
        rest = after;
    }
    out + rest
}

/// The text, where there is one.
pub(crate) fn optional(value: &Value) -> Option<String> {
    value.as_str().map(|_| text(value))
}

/// Validates the ID token of one case: the `sub`, or the reason of the refusal.
pub(crate) async fn judge_id_token(
    case: &Value,
    verify: impl AsyncFn(SigningAlgorithm, &Jwk, &[u8], &[u8]) -> Signature,
) -> Result<String, &'static str> {
    let context = &case["context"];
    let names = |list: &Value| -> Vec<String> {
        list.as_array().map(|list| list.iter().map(text).collect()).unwrap_or_default()
    };
    let allowed: Vec<SigningAlgorithm> = match optional(&context["registered_alg"]) {
        Some(name) => SigningAlgorithm::from_name(&name).into_iter().collect(),
        None => names(&context["allowed_algs"]).iter().filter_map(|name| SigningAlgorithm::from_name(name)).collect(),
    };
    let token = text(&case["id_token"]);
    let unverified = UnverifiedIdToken::parse(&token, &allowed).map_err(|error| error.code())?;
    let keys = |value: &Value| JwkSet::parse(value.to_string().as_bytes()).unwrap();
    let first = keys(&case["jwks"]);
    let refetched = case.get("jwks_after_refetch").map(keys);
    let key = match (unverified.key(&first), &refetched) {
        (Err(_), Some(keys)) => unverified.key(keys),
        (found, _) => found,
    };
    let key = key.map_err(|error| error.code())?;
    let signature = verify(unverified.algorithm(), key, unverified.signing_input(), unverified.signature()).await;

    let trusted = names(&context["trusted_extra_audiences"]);
    let nonce = optional(&context["nonce"]).map(Nonce::new);
    let access_token = optional(&context["access_token"]).map(AccessToken::new);
    let original_nonce = optional(&case["original_claims"]["nonce"]).map(Nonce::new);
    let original = case.get("original_claims").map(|claims| OriginalClaims {
        sub: claims["sub"].as_str().unwrap(),
        auth_time: claims["auth_time"].as_i64(),
        nonce: original_nonce.as_ref(),
    });
    let expectations = IdTokenExpectations {
        issuer: context["issuer"].as_str().unwrap(),
        client_id: context["client_id"].as_str().unwrap(),
        trusted_audiences: &trusted,
        nonce: nonce.as_ref(),
        access_token: access_token.as_ref(),
        now: context["now"].as_i64().unwrap(),
        tolerance: context["tolerance_s"].as_i64().unwrap(),
        max_iat_age: context["max_iat_age_s"].as_i64(),
        skew: None,
        max_age: context["max_age_s"].as_u64().map(|seconds| u32::try_from(seconds).unwrap()),
        original,
    };
    unverified.judge(signature, &expectations).map(|token| token.sub().to_owned()).map_err(|error| error.code())
}

/// Judges the DPoP proof of one case.
pub(crate) async fn judge_proof(
    case: &Value,
    verify: impl AsyncFn(SigningAlgorithm, &Jwk, &[u8], &[u8]) -> Signature,
) -> Result<(), &'static str> {
    let context = &case["context"];
    let names = context["allowed_algs"].as_array().unwrap();
    let allowed: Vec<_> = names.iter().filter_map(|name| SigningAlgorithm::from_name(name.as_str().unwrap())).collect();
    let proof = text(&case["proof"]);
    let unverified = UnverifiedProof::parse(&proof, &allowed).map_err(|error| error.code())?;
    let signature =
        verify(unverified.algorithm(), unverified.key(), unverified.signing_input(), unverified.signature()).await;
    let access_token = optional(&context["access_token"]).map(AccessToken::new);
    let nonces: Vec<&str> = context["nonce"].as_str().into_iter().collect();
    let seen = context["seen_jti"].as_array().unwrap();
    let expected = ProofExpectations {
        method: context["method"].as_str().unwrap(),
        url: context["url"].as_str().unwrap(),
        now: context["now"].as_i64().unwrap(),
        max_age: context["max_age_s"].as_i64().unwrap(),
        max_ahead: context["max_future_s"].as_i64().unwrap(),
        nonces: &nonces,
        access_token: access_token.as_ref(),
        jkt: context["expected_jkt"].as_str(),
        is_seen: &|proof| seen.iter().any(|jti| jti == proof.jti()),
    };
    unverified.judge(signature, &expected).map(drop).map_err(|error| error.code())
}

/// Opens the signed response of one case: the parameters in it, or the reason of the refusal.
pub(crate) async fn open_response(
    case: &Value,
    verify: impl AsyncFn(SigningAlgorithm, &Jwk, &[u8], &[u8]) -> Signature,
) -> Result<Vec<(String, String)>, &'static str> {
    let context = &case["context"];
    let response = text(&case["response"]);
    let unverified = UnverifiedResponse::parse(&response, &SigningAlgorithm::ALL).map_err(|error| error.code())?;
    let keys = JwkSet::parse(case["jwks"].to_string().as_bytes()).unwrap();
    let key = unverified.key(&keys).map_err(|error| error.code())?;
    let signature = verify(unverified.algorithm(), key, unverified.signing_input(), unverified.signature()).await;
    let expected = JarmExpectations {
        issuer: context["issuer"].as_str().unwrap(),
        client_id: context["client_id"].as_str().unwrap(),
        now: context["now"].as_i64().unwrap(),
        tolerance: context["tolerance_s"].as_i64().unwrap(),
    };
    unverified.judge(signature, &expected).map_err(|error| error.code())
}
