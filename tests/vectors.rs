//! Runs every case of `tests/vectors` that this version has a rule for, and prints how many of each file ran.
//!
//! Set `PKCE_LOGIN_VECTORS` to a folder with files of the same names and shapes to run others.

#![cfg(test)]

mod cases;

use std::collections::BTreeSet;
use std::path::PathBuf;

use pkce_login::protocol::authorization_response::{AcceptedCallback, CallbackParams, Judged, ResponseError};
use pkce_login::protocol::challenge::{self, Challenge};
use pkce_login::protocol::form::{Form, Params};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::json::Object;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login::protocol::jws::Compact;
use pkce_login::protocol::metadata::{DiscoveryKind, ServerMetadata, well_known_url};
use pkce_login::protocol::pending_login::PendingLogin;
use pkce_login::protocol::pkce::{ChallengeMethod, CodeVerifier};
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use pkce_login::protocol::secret::State;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use pkce_login::protocol::token_response::{
    DpopMode, Grant, MAX_LIFETIME, RawTokenResponse, TokenContext, TokenError, TokenSet, TokenType,
};
use pkce_login::protocol::userinfo::UserInfo;
use pkce_login::protocol::{base64url, redirect_uri, scrub};
use serde_json::Value;

use cases::{judge_id_token, optional, text};

/// Judges one case: `Ok` if it behaves as expected, else what it did instead.
type Verdict = Result<(), String>;

fn run(file: &str, judge: impl Fn(&Value) -> Verdict) {
    let folder = std::env::var_os("PKCE_LOGIN_VECTORS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors")), PathBuf::from);
    let text = std::fs::read_to_string(folder.join(format!("{file}.json"))).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let cases = document["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| judge(case).err().map(|why| format!("{} {}: {why}", case["id"], case["title"])))
        .collect();
    println!("{file}: {} of {} cases ran", cases.len(), cases.len());
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Verdict {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

#[test]
fn base64url_vectors() {
    run("base64url", |case| match case["kind"].as_str() {
        Some("roundtrip") => {
            let hex = case["hex"].as_str().unwrap();
            let octets: Vec<u8> =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            same("encoded", base64url::encode(&octets), text(&case["base64url"]))?;
            same("decoded", base64url::decode(&text(&case["base64url"])), Ok(octets))
        }
        _ => same("refused", base64url::decode(&text(&case["base64url"])).is_err(), case["expected"] == "reject"),
    });
}

#[test]
fn pkce_vectors() {
    run("pkce", |case| {
        let verifier = text(&case["code_verifier"]);
        let challenge = text(&case["code_challenge"]);
        let matches = ChallengeMethod::from_name(case["code_challenge_method"].as_str().unwrap())
            .is_some_and(|method| method.verifier_matches(&verifier, &challenge));
        same("match", matches, case["expected"]["match"].as_bool().unwrap())?;
        let parsed = CodeVerifier::parse(&verifier);
        same("syntax", parsed.is_ok(), case["expected"]["verifier_syntax_valid"].as_bool().unwrap())?;
        match parsed {
            Ok(verifier) if case["code_challenge_method"] == "S256" => {
                same("challenge", verifier.challenge().as_str() == challenge, matches)
            }
            _ => Ok(()),
        }
    });
}

#[test]
fn redirect_uri_vectors() {
    run("redirect_uri", |case| {
        let registered: Vec<&str> =
            case["registered"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap()).collect();
        let found = redirect_uri::is_registered(&registered, &text(&case["redirect_uri"]));
        same("match", found, case["expected"]["match"].as_bool().unwrap())
    });
}

#[test]
fn url_scrub_vectors() {
    run("url_scrub", |case| {
        let scrubbed = scrub::scrub(&text(&case["url"]), &text(&case["redirect_uri"]));
        same("cleaned", scrubbed.cleaned, text(&case["expected"]["cleaned"]))?;
        same("changed", scrubbed.changed, case["expected"]["changed"].as_bool().unwrap())
    });
}

#[test]
fn metadata_vectors() {
    run("metadata", |case| {
        let issuer = text(&case["issuer"]);
        let kind = if case["algorithm"] == "oidc" { DiscoveryKind::OpenId } else { DiscoveryKind::OAuth };
        same("well-known URL", well_known_url(&issuer, kind).ok(), optional(&case["expected"]["well_known_url"]))?;
        let response = &case["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let judged = ServerMetadata::judge(
            &issuer,
            status,
            response["content_type"].as_str(),
            text(&response["body"]).as_bytes(),
        );
        let reason = judged.err().map(|error| error.code());
        same("reason", reason, case["expected"]["reason"].as_str())
    });
}

/// A pending login with what a case says of it.
fn pending_login(context: &Value) -> PendingLogin {
    let issuer = context["issuer"].as_str().unwrap();
    let document = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": "https://as.example.com/authorize",
        "token_endpoint": "https://as.example.com/token",
        "authorization_response_iss_parameter_supported": context["iss_required"],
    });
    PendingLogin {
        server: ServerMetadata::from_json(issuer, &document.to_string()).unwrap(),
        client_id: "spa-client-1".to_owned(),
        // That of the login, where the answer arrived at another one.
        redirect_uri: optional(&context["login_redirect_uri"]).unwrap_or_else(|| text(&context["redirect_uri"])),
        scope: Scope::parse("openid"),
        response_mode: ResponseMode::from_name(context["response_mode"].as_str().unwrap()).unwrap(),
        state: State::new(text(&context["expected_state"])),
        nonce: None,
        verifier: CodeVerifier::from_entropy(&[7; 32]),
        key: None,
        max_age: None,
        started_at: 0,
        return_to: "/".to_owned(),
    }
}

/// What the client does between reading the parameters and judging them: the look-up by state.
fn receive(case: &Value) -> Result<Judged, String> {
    let context = &case["context"];
    let pending = pending_login(context);
    let body = optional(&case["form_body"]);
    let params = CallbackParams::read(&text(&case["url"]), body.as_deref(), &text(&context["redirect_uri"]))
        .map_err(|nothing| nothing.code().to_owned())?;
    let refuse = |error: ResponseError| error.code().to_owned();
    let state = params.state().map_err(refuse)?;
    let now = match context["state_status"].as_str() {
        Some("expired") => PendingLogin::MAX_AGE + 1,
        Some("pending") => 0,
        other => return Err(refuse(look_up_without_a_login(other))),
    };
    if state != pending.state.expose() {
        return Err(refuse(ResponseError::StateMismatch));
    }
    if context["jarm"] == true {
        return Err(refuse(ResponseError::JarmExpected));
    }
    params.judge(pending, now).map_err(refuse)
}

fn look_up_without_a_login(status: Option<&str>) -> ResponseError {
    match status {
        Some("used" | "consumed") => ResponseError::AlreadyUsed,
        _ => ResponseError::NoPendingTransaction,
    }
}

/// The code must reach the token endpoint exactly as it was meant.
fn same_code(accepted: AcceptedCallback, expected: &Value) -> Verdict {
    let (request, _) = accepted.into_token_request();
    let sent = Params::parse(request.expose_body());
    same("code", sent.get("code").map(str::to_owned), Some(text(&expected["code"])))
}

#[test]
fn authorization_response_vectors() {
    run("authorization_response", |case| {
        let expected = &case["expected"];
        match (expected["outcome"].as_str().unwrap(), receive(case)) {
            ("code", Ok(Judged::Code(accepted))) => same_code(accepted, expected),
            ("error", Ok(Judged::Refused(refused))) => {
                let error = refused.error;
                same("error", Some(error.error), optional(&expected["error"]))?;
                if let Some(description) = optional(&expected["error_description"]) {
                    same("error_description", error.description, Some(description))?;
                }
                match expected.get("error_uri") {
                    Some(uri) => same("error_uri", error.uri, optional(uri)),
                    None => Ok(()),
                }
            }
            ("reject" | "ignore", Err(reason)) => same("reason", Some(reason.as_str()), expected["reason"].as_str()),
            (outcome, found) => Err(format!("expected {outcome}, found {found:?}")),
        }
    });
}

fn judge_token_response(case: &Value) -> Result<TokenSet, TokenError> {
    let response = &case["response"];
    let body = match optional(&response["body_base64"]) {
        Some(encoded) => decode_standard_base64(&encoded),
        None => text(&response["body"]).into_bytes(),
    };
    let header = |name: &str| response["headers"][name].as_str();
    let context = &case["context"];
    TokenSet::judge(
        RawTokenResponse {
            status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            content_type: header("content-type"),
            dpop_nonce: header("dpop-nonce"),
            body: &body,
        },
        TokenContext {
            grant: if context["grant"] == "refresh_token" { Grant::RefreshToken } else { Grant::AuthorizationCode },
            requested_scope: &Scope::parse(context["requested_scope"].as_str().unwrap()),
            openid: context["openid"].as_bool().unwrap(),
            dpop: match context["dpop"].as_str().unwrap() {
                "required" => DpopMode::Required,
                "optional" => DpopMode::Optional,
                _ => DpopMode::Off,
            },
        },
    )
}

fn decode_standard_base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn token_response_vectors() {
    run("token_response", |case| {
        let expected = &case["expected"];
        match (expected["outcome"].as_str().unwrap(), judge_token_response(case)) {
            ("ok", Ok(tokens)) => {
                let token_type = if tokens.token_type == TokenType::Bearer { "bearer" } else { "dpop" };
                same("token_type", Some(token_type), expected["token_type"].as_str())?;
                match &expected["expires_in"] {
                    Value::String(word) if word == "clamped" => {
                        same("expires_in", tokens.expires_in, Some(MAX_LIFETIME))?;
                    }
                    seconds => same("expires_in", tokens.expires_in, seconds.as_i64())?,
                }
                if expected["refresh_token_absent"] == true {
                    same("refresh_token", tokens.refresh_token.is_none(), true)?;
                }
                if let Some(granted) = expected["granted_scope"].as_str() {
                    same("granted scope", tokens.scope.to_string().as_str(), granted)?;
                }
                match expected["keep_old_refresh_token"].as_bool() {
                    Some(keep) => same("old refresh token kept", tokens.refresh_token.is_none(), keep),
                    None => Ok(()),
                }
            }
            ("oauth_error", Err(TokenError::Refused(error))) => {
                same("error", Some(error.error.as_str()), expected["error"].as_str())?;
                match expected["error_description"].as_str() {
                    Some(words) => same("error_description", error.description.as_deref(), Some(words)),
                    None => Ok(()),
                }
            }
            ("retry_dpop_nonce", Err(TokenError::UseDpopNonce(_))) => Ok(()),
            ("reject", Err(TokenError::Invalid(error))) => {
                same("reason", Some(error.code()), expected["reason"].as_str())
            }
            (outcome, found) => Err(format!("expected {outcome}, found {found:?}")),
        }
    });
}

#[test]
fn userinfo_response_vectors() {
    run("userinfo_response", |case| {
        let response = &case["response"];
        let judged = UserInfo::judge(
            u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            response["content_type"].as_str(),
            text(&response["body"]).as_bytes(),
            case["expected_sub"].as_str().unwrap(),
        );
        same("reason", judged.err().map(|error| error.code()), case["expected"]["reason"].as_str())
    });
}

/// Stands in for the platform: the web page asks WebCrypto.
fn verify(algorithm: SigningAlgorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> Signature {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
        RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    };
    let octets = |text: &String| base64url::decode(text).unwrap();
    let good = match (&key.material, algorithm) {
        (KeyMaterial::Rsa { n, e }, _) => {
            let (n, e) = (octets(n), octets(e));
            let parameters = match algorithm {
                SigningAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                SigningAlgorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                SigningAlgorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
                SigningAlgorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
                SigningAlgorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
                _ => &RSA_PSS_2048_8192_SHA256,
            };
            RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
        }
        (KeyMaterial::P256 { x, y }, _) => {
            let point = [vec![4], octets(x), octets(y)].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
        }
        (KeyMaterial::P384 { x, y }, _) => {
            let point = [vec![4], octets(x), octets(y)].concat();
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature).is_ok()
        }
        (KeyMaterial::P521 { .. }, _) => panic!("P-521 is checked where there is WebCrypto, in tests/web.rs"),
        (KeyMaterial::Ed25519 { x }, _) => {
            UnparsedPublicKey::new(&ED25519, octets(x)).verify(message, signature).is_ok()
        }
    };
    if good { Signature::Good } else { Signature::Bad }
}

/// The result of a future that never waits: natively, nothing does.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn id_token_vectors() {
    run("id_token", |case| {
        match now_or_never(judge_id_token(case, async |algorithm, key, message, signature| {
            verify(algorithm, key, message, signature)
        })) {
            Ok(sub) => same("sub", Some(sub), optional(&case["expected"]["sub"])),
            Err(reason) => same("reason", Some(reason), case["expected"]["reason"].as_str()),
        }
    });
}

/// Judges a signed response and, by the rules of the plain one, what is in it.
fn receive_signed(case: &Value) -> Result<Judged, &'static str> {
    let inner = now_or_never(cases::open_response(case, async |algorithm, key, message, signature| {
        verify(algorithm, key, message, signature)
    }))?;
    let context = &case["context"];
    let redirect_uri = "https://app.example.com/callback.html";
    let pending = pending_login(&serde_json::json!({
        "issuer": context["issuer"],
        "iss_required": true,
        "redirect_uri": redirect_uri,
        "response_mode": "query.jwt",
        "expected_state": context["expected_state"],
    }));
    let response = text(&case["response"]);
    let address = format!("{redirect_uri}?{}", Form::new().with("response", &response).finish());
    let params = CallbackParams::read(&address, None, redirect_uri).unwrap();
    if params.signed_document() != Ok(Some(response.as_str())) {
        return Err("the document was not found");
    }
    params.with_signed(inner).judge(pending, 0).map_err(|error| error.code())
}

#[test]
fn jarm_response_vectors() {
    run("jarm_response", |case| {
        let expected = &case["expected"];
        match (expected["outcome"].as_str().unwrap(), receive_signed(case)) {
            ("code", Ok(Judged::Code(accepted))) => same_code(accepted, expected),
            ("error", Ok(Judged::Refused(refused))) => {
                same("error", Some(refused.error.error), optional(&expected["error"]))
            }
            ("reject", Err(reason)) => same("reason", Some(reason), expected["reason"].as_str()),
            (outcome, found) => Err(format!("expected {outcome}, found {found:?}")),
        }
    });
}

#[test]
fn www_authenticate_vectors() {
    run("www_authenticate", |case| {
        let values: Vec<String> = case["www_authenticate"].as_array().unwrap().iter().map(text).collect();
        // As fetch joins several fields of one name.
        let found = Challenge::parse_all(&values.join(", "));
        let as_json = |challenge: &Challenge| {
            let parameters: serde_json::Map<String, Value> =
                challenge.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
            serde_json::json!({ "scheme": challenge.scheme, "parameters": parameters })
        };
        same("challenges", Value::from_iter(found.iter().map(as_json)), case["expected"].clone())?;
        let named =
            case["expected"].as_array().unwrap().iter().find_map(|one| one["parameters"]["resource_metadata"].as_str());
        same("resource metadata", challenge::resource_metadata(&found), named)
    });
}

#[test]
fn dpop_proof_vectors() {
    run("dpop_proof", |case| {
        let found = now_or_never(cases::judge_proof(case, async |algorithm, key, message, signature| {
            verify(algorithm, key, message, signature)
        }));
        same("reason", found.err(), case["expected"]["reason"].as_str())
    });
}

#[test]
fn jws_vectors() {
    run("jws", |case| {
        let valid = case["expected"] == "valid";
        let key = serde_json::to_string(&case["jwk"]).unwrap();
        let key = Jwk::from_object(&Object::parse(&key).unwrap());
        let (Some(algorithm), Some(key)) = (SigningAlgorithm::from_name(case["alg"].as_str().unwrap()), key) else {
            // An algorithm or a kind of key that this client never uses is no valid signature to it.
            return Ok(());
        };
        if matches!(key.material, KeyMaterial::P521 { .. }) {
            // Nothing native here checks these: `tests/web.rs` does, with the same cases.
            return same("valid", key.fits(algorithm), valid);
        }
        let token = text(&case["jws"]);
        let verdict = Compact::parse(&token)
            .ok()
            .filter(|_| key.fits(algorithm))
            .map(|parts| verify(algorithm, &key, parts.signing_input.as_bytes(), &parts.signature));
        same("valid", verdict == Some(Signature::Good), valid)
    });
}

/// Files that are run here or, for `jwk_thumbprint` and `sequences`, in `tests/authorizer.rs` and, for `mix_up`, in
/// `tests/client`.
const RUN: [&str; 15] = [
    "authorization_response",
    "base64url",
    "dpop_proof",
    "id_token",
    "jarm_response",
    "jwk_thumbprint",
    "jws",
    "metadata",
    "mix_up",
    "pkce",
    "redirect_uri",
    "sequences",
    "token_response",
    "userinfo_response",
    "www_authenticate",
];

#[test]
fn every_file_of_vectors_is_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let known: BTreeSet<String> =
        RUN.iter().chain(["keys", "url_scrub"].iter()).map(|file| format!("{file}.json")).collect();
    let found: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found, known);
}
