//! What only a browser can show: the ports on the web platform, in headless Chromium.
#![cfg(test)]
#![cfg(target_arch = "wasm32")]
// Clippy knows a test by `#[test]`, and `#[wasm_bindgen_test]` is another attribute.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod auth;
mod cases;

use std::cell::RefCell;
use std::rc::Rc;

use pkce_login::browser::BrowserPlatform;
use pkce_login::browser::signing::SigningKey;
use pkce_login::client::ports::{
    Clock as _, Crypto as _, CryptoUnavailable, Entropy as _, Http as _, HttpFailure, HttpRequest, Keys as _,
    Lock as _, Place, ProofKey as _, SignedMessage, Store as _,
};
use pkce_login::client::{ANSWER_KEY, ClientConfig};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::json::Object;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login::protocol::jws::Compact;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use serde_json::Value;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn vectors(text: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).unwrap();
    document["cases"].as_array().unwrap().clone()
}

async fn verify(algorithm: SigningAlgorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> Signature {
    BrowserPlatform.verify(SignedMessage { algorithm, key, message, signature }).await.unwrap()
}

#[wasm_bindgen_test]
async fn webcrypto_decides_every_id_token_as_expected() {
    let cases = vectors(include_str!("vectors/id_token.json"));
    assert!(!cases.is_empty());
    for case in &cases {
        let found = cases::judge_id_token(case, verify).await;
        let expected = match cases::optional(&case["expected"]["sub"]) {
            Some(sub) => Ok(sub),
            None => Err(case["expected"]["reason"].as_str().unwrap()),
        };
        assert_eq!(
            found.as_ref().map_err(|reason| *reason),
            expected.as_ref().map_err(|reason| *reason),
            "{}",
            case["id"]
        );
    }
}

#[wasm_bindgen_test]
async fn webcrypto_decides_every_signature_as_expected() {
    for case in vectors(include_str!("vectors/jws.json")) {
        let key = case["jwk"].to_string();
        let key = Jwk::from_object(&Object::parse(&key).unwrap());
        let (Some(algorithm), Some(key)) = (SigningAlgorithm::from_name(case["alg"].as_str().unwrap()), key) else {
            continue;
        };
        let token = cases::text(&case["jws"]);
        let found = match Compact::parse(&token) {
            Ok(parts) if key.fits(algorithm) => {
                verify(algorithm, &key, parts.signing_input.as_bytes(), &parts.signature).await
            }
            _ => Signature::Bad,
        };
        let expected = if case["expected"] == "valid" { Signature::Good } else { Signature::Bad };
        assert_eq!(found, expected, "{}", case["id"]);
    }
}

#[wasm_bindgen_test]
async fn webcrypto_decides_every_proof_as_expected() {
    let cases = vectors(include_str!("vectors/dpop_proof.json"));
    assert!(!cases.is_empty());
    for case in &cases {
        let found = cases::judge_proof(case, verify).await;
        assert_eq!(found.err(), case["expected"]["reason"].as_str(), "{}", case["id"]);
    }
}

#[wasm_bindgen_test]
async fn webcrypto_decides_every_signed_answer_as_expected() {
    let cases = vectors(include_str!("vectors/jarm_response.json"));
    assert!(!cases.is_empty());
    for case in &cases {
        let expected = case["expected"]["reason"].as_str();
        // What is inside a good document is judged by the rules of a plain answer, which need no browser.
        let inside = ["state_mismatch", "state_missing", "code_and_error"];
        let found = cases::open_response(case, verify).await;
        assert_eq!(found.err(), expected.filter(|reason| !inside.contains(reason)), "{}", case["id"]);
    }
}

#[wasm_bindgen_test]
async fn a_proof_of_this_browser_is_a_good_one() {
    use pkce_login::protocol::dpop_check::{ProofExpectations, UnverifiedProof};
    use pkce_login::protocol::dpop_proof::{ProofRequest, finish};
    use pkce_login::protocol::secret::{AccessToken, DpopNonce};
    let key = BrowserPlatform.make_key("test-proof", FAR_AHEAD).await.unwrap();
    let (token, nonce) = (AccessToken::new("access"), DpopNonce::new("n-1"));
    let url = "https://api.example/things";
    let request = ProofRequest {
        method: "GET",
        url,
        now: 1_000,
        unique: &[7; 16],
        access_token: Some(&token),
        nonce: Some(&nonce),
    };
    let input = request.signing_input(key.public_jwk());
    let signature = key.sign(input.as_bytes()).await.unwrap();
    let proof = finish(input, &signature);
    let unverified = UnverifiedProof::parse(&proof, &[SigningAlgorithm::Es256]).unwrap();
    let found = verify(SigningAlgorithm::Es256, unverified.key(), unverified.signing_input(), unverified.signature());
    let found = found.await;
    let jkt = key.public_jwk().thumbprint();
    let expected = ProofExpectations {
        method: "GET",
        url,
        now: 1_001,
        max_age: 60,
        max_ahead: 5,
        nonces: &["n-1"],
        access_token: Some(&token),
        jkt: Some(&jkt),
        is_seen: &|_| false,
    };
    assert!(unverified.judge(found, &expected).is_ok());
    BrowserPlatform.keep_key("test-proof", 0).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_key_off_the_curve_verifies_nothing_and_is_no_platform_failure() {
    let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let key = format!(r#"{{"kty":"EC","crv":"P-256","x":"{zero}","y":"{zero}"}}"#);
    let key = Jwk::from_object(&Object::parse(&key).unwrap()).unwrap();
    assert_eq!(verify(SigningAlgorithm::Es256, &key, b"message", &[1; 64]).await, Signature::Bad);
}

#[wasm_bindgen_test]
async fn a_key_of_any_curve_that_is_off_it_verifies_nothing_and_is_no_platform_failure() {
    for (curve, algorithm, length) in [("P-384", SigningAlgorithm::Es384, 64), ("P-521", SigningAlgorithm::Es512, 88)] {
        let zero = "A".repeat(length);
        let key = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{zero}","y":"{zero}"}}"#);
        let key = Jwk::from_object(&Object::parse(&key).unwrap()).unwrap();
        assert_eq!(verify(algorithm, &key, b"message", &[1; 96]).await, Signature::Bad, "{curve}");
    }
}

#[wasm_bindgen_test]
async fn a_malformed_rsa_key_verifies_nothing_and_is_no_platform_failure() {
    for (n, e) in [("AQAB", "AAAA"), ("", "AQAB"), ("AA", "AQAB"), ("not base64url!", "AQAB"), ("AQAB", "")] {
        let key = Jwk { kid: None, alg: None, material: KeyMaterial::Rsa { n: n.to_owned(), e: e.to_owned() } };
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256] {
            assert_eq!(verify(algorithm, &key, b"message", &[1; 256]).await, Signature::Bad, "{n:?} {e:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_algorithm_that_the_platform_lacks_is_told_from_a_bad_signature() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    run("const { prototype } = SubtleCrypto; \
         prototype.kept = prototype.importKey; \
         prototype.importKey = () => Promise.reject(new DOMException('unknown', 'NotSupportedError'));");
    let mut found = Vec::new();
    let key = |material| Jwk { kid: None, alg: None, material };
    let zero = || "AAAA".to_owned();
    for (algorithm, key) in [
        (SigningAlgorithm::Rs256, key(KeyMaterial::Rsa { n: zero(), e: zero() })),
        (SigningAlgorithm::Ps256, key(KeyMaterial::Rsa { n: zero(), e: zero() })),
        (SigningAlgorithm::Es256, key(KeyMaterial::P256 { x: zero(), y: zero() })),
        (SigningAlgorithm::Es384, key(KeyMaterial::P384 { x: zero(), y: zero() })),
        (SigningAlgorithm::Es512, key(KeyMaterial::P521 { x: zero(), y: zero() })),
        (SigningAlgorithm::EdDsa, key(KeyMaterial::Ed25519 { x: zero() })),
    ] {
        found.push(
            BrowserPlatform
                .verify(SignedMessage { algorithm, key: &key, message: b"message", signature: &[1; 64] })
                .await,
        );
    }
    run("const { prototype } = SubtleCrypto; prototype.importKey = prototype.kept; delete prototype.kept;");
    assert_eq!(found, [Err(CryptoUnavailable); 6]);
}

#[wasm_bindgen_test]
async fn the_authorizers_signature_is_one_that_the_client_accepts() {
    let key = SigningKey::generate().await.unwrap();
    let signature = key.sign(b"message").await.unwrap();
    let jwk = key.public_jwk();
    assert_eq!(verify(SigningAlgorithm::Es256, jwk, b"message", &signature).await, Signature::Good);
    assert_eq!(verify(SigningAlgorithm::Es256, jwk, b"massage", &signature).await, Signature::Bad);
}

#[wasm_bindgen_test]
fn the_tab_keeps_and_forgets() {
    let platform = BrowserPlatform;
    platform.set(Place::Tab, "pkce-login.test", "value").unwrap();
    assert_eq!(platform.get(Place::Tab, "pkce-login.test").unwrap().as_deref(), Some("value"));
    assert!(platform.keys(Place::Tab).unwrap().contains(&"pkce-login.test".to_owned()));
    platform.remove(Place::Tab, "pkce-login.test").unwrap();
    assert_eq!(platform.get(Place::Tab, "pkce-login.test").unwrap(), None);
}

#[wasm_bindgen_test]
fn an_answer_is_taken_once() {
    let address = "https://app.example/callback.html?code=c&state=s";
    BrowserPlatform.set(Place::Tab, ANSWER_KEY, address).unwrap();
    assert_eq!(pkce_login::browser::answer().as_deref(), Some(address));
    assert_eq!(pkce_login::browser::answer(), None);
}

#[wasm_bindgen_test]
fn a_script_is_never_navigated_to() {
    for url in ["javascript:alert(1)", "data:text/html,x", "http://as.example/", "", "/relative"] {
        assert!(!pkce_login::browser::navigate(url), "{url}");
    }
}

#[wasm_bindgen_test]
fn entropy_differs_and_time_is_now() {
    let (mut first, mut second) = ([0; 32], [0; 32]);
    BrowserPlatform.fill(&mut first).unwrap();
    BrowserPlatform.fill(&mut second).unwrap();
    assert_ne!(first, second);
    // Later than the day this was written.
    assert!(BrowserPlatform.now() > 1_795_000_000);
}

#[wasm_bindgen_test]
async fn nobody_there_is_told_as_such() {
    // Port 1 of this machine: nobody listens there.
    let request = HttpRequest::get("http://localhost:1/");
    assert_eq!(BrowserPlatform.send(request).await.unwrap_err(), HttpFailure::Unreachable);
    let error = pkce_login::client::discover(&BrowserPlatform, &ClientConfig::new("http://localhost:1", "c", "")).await;
    assert_eq!(error.unwrap_err().code(), "host_unreachable");
}

#[wasm_bindgen_test]
async fn an_answer_is_read_as_the_crate_reads_it_that_everybody_uses() {
    // The page of the tests itself: the one server that is there.
    let url = format!("{}/", web_sys::window().unwrap().location().origin().unwrap());
    let ours = BrowserPlatform.send(HttpRequest::get(&url)).await.unwrap();
    let theirs = gloo_net::http::Request::get(&url).send().await.unwrap();
    assert_eq!(ours.status, theirs.status());
    assert_eq!(ours.content_type, theirs.headers().get("content-type"));
    assert_eq!(ours.body, theirs.binary().await.unwrap());
    assert!(!ours.body.is_empty());
}

#[wasm_bindgen_test]
async fn a_request_takes_nothing_along_and_follows_nothing() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap();
    run("self.kept = self.fetch; \
         self.fetch = async (url, init) => { \
             self.seen = new Request(url, init); return new Response('{}', { status: 200 }); };");
    let answer = BrowserPlatform.send(HttpRequest::form("https://as.example/token", "code=secret")).await;
    let seen = run("self.fetch = self.kept; \
         const { method, url, credentials, cache, redirect, referrerPolicy, headers, signal } = self.seen; \
         return [method, url, credentials, cache, redirect, referrerPolicy, [...headers.keys()], \
                 signal instanceof AbortSignal].join(' ');");
    assert_eq!(answer.unwrap().status, 200);
    // "manual": a redirect is told from a dead line, and not followed.
    assert_eq!(
        seen.as_string().unwrap(),
        "POST https://as.example/token omit no-store manual no-referrer content-type true"
    );
}

#[wasm_bindgen_test]
async fn work_under_one_lock_does_not_overlap() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let work = |name: &'static str| {
        let log = Rc::clone(&log);
        async move {
            BrowserPlatform
                .exclusive("pkce-login.test", async {
                    log.borrow_mut().push(format!("{name} in"));
                    // Gives the other one every chance to come between.
                    for _ in 0..10 {
                        JsFuture::from(js_sys::Promise::resolve(&JsValue::from(0))).await.unwrap();
                    }
                    log.borrow_mut().push(format!("{name} out"));
                })
                .await;
        }
    };
    let other = js_promise(work("b"));
    work("a").await;
    JsFuture::from(other).await.unwrap();
    let log = log.borrow();
    assert_eq!(log.len(), 4);
    assert_eq!(log[0].split(' ').next(), log[1].split(' ').next(), "{log:?}");
}

fn js_promise(future: impl Future<Output = ()> + 'static) -> js_sys::Promise {
    wasm_bindgen_futures::future_to_promise(async {
        future.await;
        Ok(JsValue::UNDEFINED)
    })
}

/// The authorizer's worker as its file stands, in a world of stand-ins: nothing is cached, and `fetched` is what
/// the server has under the module's old name. Gives the status of a navigation and how often an update was asked for.
async fn a_navigation_to_the_worker(cached: bool, fetched: u16) -> (u32, u32, u32) {
    let world = js_sys::Function::new_with_args(
        "source, cached, status",
        r#"
        const listeners = {};
        const seen = { status: 0, updates: 0, fetches: 0 };
        const self = {
          registration: { scope: "https://app.example/", update: async () => { seen.updates += 1; } },
          location: new URL("https://app.example/authorizer-worker.js"),
          addEventListener: (name, listener) => { listeners[name] = listener; },
          clients: { claim: async () => {} },
          skipWaiting: async () => {},
        };
        const caches = { match: async () => (cached ? new Response("module") : undefined) };
        const fetch = async () => { seen.fetches += 1; return new Response("module", { status }); };
        const wasm_bindgen = async ({ module_or_path }) => {
          if (!(await module_or_path).ok) throw new Error("this is no module");
        };
        wasm_bindgen.start = () => undefined;
        wasm_bindgen.answer = async () => ({ status: 200, headers: [], body: "a page" });
        new Function("self", "caches", "fetch", "wasm_bindgen", "console", source)(
          self, caches, fetch, wasm_bindgen, { error: () => {} });
        const request = { mode: "navigate", method: "GET", url: "https://app.example/authorizer", headers: new Headers() };
        return new Promise((resolve) => {
          listeners.fetch({
            request,
            waitUntil: () => {},
            respondWith: async (response) => { seen.status = (await response).status; resolve(seen); },
          });
        });
        "#,
    );
    let source = include_str!("../src/bin/authorizer_worker/worker.js");
    let seen = world.call3(&JsValue::NULL, &source.into(), &cached.into(), &fetched.into()).unwrap();
    let seen = JsFuture::from(seen.dyn_into::<js_sys::Promise>().unwrap()).await.unwrap();
    let number = |name: &str| js_sys::Reflect::get(&seen, &name.into()).unwrap().as_f64().unwrap();
    (number("status") as u32, number("updates") as u32, number("fetches") as u32)
}

#[wasm_bindgen_test]
async fn an_old_worker_whose_module_is_gone_says_so_and_asks_for_its_successor() {
    assert_eq!(a_navigation_to_the_worker(false, 404).await, (500, 1, 1));
}

#[wasm_bindgen_test]
async fn an_old_worker_uses_the_module_that_it_kept() {
    assert_eq!(a_navigation_to_the_worker(true, 404).await, (200, 0, 0));
    assert_eq!(a_navigation_to_the_worker(false, 200).await, (200, 0, 1));
}

/// Seconds since the epoch, far from now in both directions.
const LONG_AGO: i64 = 1;
const FAR_AHEAD: i64 = 9_999_999_999;

#[wasm_bindgen_test]
async fn a_key_outlasts_the_page_and_cannot_be_read() {
    let made = BrowserPlatform.make_key("test-kept", FAR_AHEAD).await.unwrap();
    let found = BrowserPlatform.key("test-kept").await.unwrap().unwrap();
    assert_eq!(found.public_jwk(), made.public_jwk());
    let signature = found.sign(b"message").await.unwrap();
    let verdict = BrowserPlatform
        .verify(SignedMessage {
            algorithm: SigningAlgorithm::Es256,
            key: made.public_jwk(),
            message: b"message",
            signature: &signature,
        })
        .await;
    assert_eq!(verdict, Ok(Signature::Good));
    let private = js_sys::Reflect::get(found.pair(), &"privateKey".into()).unwrap();
    assert_eq!(js_sys::Reflect::get(&private, &"extractable".into()).unwrap(), JsValue::FALSE);
    BrowserPlatform.keep_key("test-kept", 0).await.unwrap();
    assert!(BrowserPlatform.key("test-kept").await.unwrap().is_none());
}

#[wasm_bindgen_test]
async fn keys_whose_time_is_over_go_when_the_next_one_is_made() {
    BrowserPlatform.make_key("test-old", LONG_AGO).await.unwrap();
    BrowserPlatform.make_key("test-extended", LONG_AGO).await.unwrap();
    BrowserPlatform.keep_key("test-extended", FAR_AHEAD).await.unwrap();
    BrowserPlatform.make_key("test-new", FAR_AHEAD).await.unwrap();
    assert!(BrowserPlatform.key("test-old").await.unwrap().is_none());
    for name in ["test-extended", "test-new"] {
        assert!(BrowserPlatform.key(name).await.unwrap().is_some(), "{name}");
        BrowserPlatform.keep_key(name, 0).await.unwrap();
    }
}
