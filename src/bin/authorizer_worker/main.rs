//! The built-in authorizer as a service worker: `worker.js` takes the browser events, this module answers the requests.
//!
//! What must survive a stop of the worker is in IndexedDB before the response is sent. Where IndexedDB is blocked,
//! everything is in memory and the console says so.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use pkce_login::authorizer::{
    Authorizer, AuthorizerOptions, Config, Delivery, Env, KeyRing, PendingSignature, Reply, Request, Response,
    may_run_at,
};
use pkce_login::browser::crypto::verify;
use pkce_login::browser::indexed_db::Database;
use pkce_login::browser::signing::SigningKey;
use pkce_login::client::ports::SignedMessage;
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::Jwk;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

const RECORDS: &str = "records";
const KEYS: &str = "keys";
const KEY_RING: &str = "es256-ring";

struct Worker {
    authorizer: Authorizer,
    key: Rc<SigningKey>,
    other_jwks: Vec<Jwk>,
    database: Option<Rc<Database>>,
}

thread_local! {
    /// Taken out while a request is handled, and put back after it. After a failure it is empty, and the next request
    /// starts from the persisted records.
    static WORKER: Cell<Option<Worker>> = const { Cell::new(None) };
}

fn main() {}

/// Starts the authorizer for the app at `scope`, with options as JSON. Returns a sentence if the authorizer must not run
/// there, or if the options cannot be used.
///
/// # Errors
/// What the platform threw, for example because there is no WebCrypto.
#[wasm_bindgen]
pub async fn start(script_url: String, scope: String, options: Option<String>) -> Result<Option<String>, JsValue> {
    if let Err(refused) = may_run_at(&script_url) {
        return Ok(Some(refused.to_string()));
    }
    let config = match configured(options.as_deref(), &scope) {
        Ok(config) => config,
        Err(sentence) => return Ok(Some(sentence)),
    };
    let database = match open(&scope).await {
        Ok(database) => Some(Rc::new(database)),
        Err(_) => {
            forgetful();
            None
        }
    };
    let (ring, records) = match &database {
        Some(database) => (stored_ring(database).await?, database.all_texts(RECORDS).await?),
        None => (new_ring().await?, Vec::new()),
    };
    let other_jwks = ring.others().map(|key| key.public_jwk().clone()).collect();
    let authorizer = Authorizer::new(config, records);
    WORKER.set(Some(Worker { authorizer, key: Rc::new(ring.current), other_jwks, database }));
    Ok(None)
}

/// The configuration of the app at `scope`, by options as JSON where there are some.
fn configured(options: Option<&str>, scope: &str) -> Result<Config, String> {
    let Some(text) = options else { return Ok(Config::for_app(scope)) };
    let config = AuthorizerOptions::from_json(text).and_then(|options| options.into_config(scope));
    config.map_err(|error| ["The options of the authorizer cannot be used. ", &error.to_string()].concat())
}

/// Deletes all records and the signing keys of the app at `scope`. Call [`start`] afterwards.
///
/// # Errors
/// What the platform threw: IndexedDB is blocked, or cannot be written to.
#[wasm_bindgen]
pub async fn forget(scope: String) -> Result<(), JsValue> {
    // Opened anew: a worker that continued in memory has no database, but the database has records.
    WORKER.set(None);
    open(&scope).await?.clear(&[RECORDS, KEYS]).await
}

async fn open(scope: &str) -> Result<Database, JsValue> {
    // The scope is in the name, as several apps can share one origin.
    Database::open(&format!("pkce-login-authorizer {scope}"), &[RECORDS, KEYS]).await
}

/// The keys of this installation, made at its first start (checklist S-42) and rotated when due.
async fn stored_ring(database: &Database) -> Result<KeyRing<SigningKey>, JsValue> {
    let ring = match read_ring(&database.value(KEYS, KEY_RING).await?).await {
        Ok(ring) if !ring.is_due(now()) => return Ok(ring),
        Ok(ring) => ring.rotated(SigningKey::generate().await?, now()),
        Err(_) => new_ring().await?,
    };
    let previous = ring.previous.as_ref().map_or(JsValue::NULL, |key| key.pair().clone());
    let since = ring.since.to_string();
    let stored = Array::of4(&previous, ring.current.pair(), ring.next.pair(), &since.into());
    database.put_value(KEYS, KEY_RING, &stored).await?;
    Ok(ring)
}

async fn new_ring() -> Result<KeyRing<SigningKey>, JsValue> {
    let (current, next) = (SigningKey::generate().await?, SigningKey::generate().await?);
    Ok(KeyRing { previous: None, current, next, since: now() })
}

/// Reads `[previous or null, current, next, since]`.
async fn read_ring(stored: &JsValue) -> Result<KeyRing<SigningKey>, JsValue> {
    let stored: &Array = stored.dyn_ref().ok_or(JsValue::UNDEFINED)?;
    let previous = match stored.get(0) {
        none if none.is_null() => None,
        pair => Some(SigningKey::from_pair(pair).await?),
    };
    let current = SigningKey::from_pair(stored.get(1)).await?;
    let next = SigningKey::from_pair(stored.get(2)).await?;
    let since = stored.get(3).as_string().and_then(|text| text.parse().ok()).ok_or(JsValue::UNDEFINED)?;
    Ok(KeyRing { previous, current, next, since })
}

/// Answers `{ method, url, origin, authorization, dpop, contentType, body }` with `{ status, headers, body }`, and with
/// `delay` in milliseconds or `lost` where a fault asks for it.
///
/// # Errors
/// What the platform threw, or `undefined` if [`start`] has to be called first.
#[wasm_bindgen]
pub async fn answer(request: JsValue) -> Result<JsValue, JsValue> {
    let request = read(&request);
    let (mut reply, mut key) = step(|authorizer, env| authorizer.handle(&request, env)).await?;
    if let Reply::Verify(proof) = &reply {
        let signed = SignedMessage {
            algorithm: proof.algorithm(),
            key: proof.key(),
            message: proof.signing_input(),
            signature: proof.signature(),
        };
        let found = verify(signed).await;
        // A browser without the algorithm has verified nothing.
        let signature = found.unwrap_or(Signature::Bad);
        (reply, key) = step(|authorizer, env| authorizer.proceed(proof, signature, env)).await?;
    }
    let response = match reply {
        Reply::Ready(response) => response,
        Reply::Sign(pending) => sign(&key, pending).await?,
        // `proceed` asks for no second verification.
        Reply::Verify(_) => return Err(JsValue::UNDEFINED),
    };
    write(&response)
}

/// Lets the authorizer do one step and persists its changes.
async fn step(act: impl FnOnce(&mut Authorizer, Env<'_>) -> Reply) -> Result<(Reply, Rc<SigningKey>), JsValue> {
    let mut worker = WORKER.take().ok_or(JsValue::UNDEFINED)?;
    let mut no_entropy = None;
    let mut entropy = |octets: &mut [u8]| no_entropy = no_entropy.or(getrandom::fill(octets).err());
    let env =
        Env { now: now(), entropy: &mut entropy, public_jwk: worker.key.public_jwk(), other_jwks: &worker.other_jwks };
    let reply = act(&mut worker.authorizer, env);
    if no_entropy.is_some() {
        // A guessable code must not leave; the worker is dropped with it.
        return Err(JsValue::UNDEFINED);
    }
    let changes = worker.authorizer.take_changes();
    for line in worker.authorizer.take_log() {
        web_sys::console::info_1(&format!("authorizer refused: {line}").into());
    }
    let (key, database) = (Rc::clone(&worker.key), worker.database.clone());
    WORKER.set(Some(worker));

    if let Some(database) = database.filter(|_| !changes.is_empty()) {
        let changes = changes.into_iter().map(|change| (change.key, change.value));
        if database.write_texts(RECORDS, changes).await.is_err() {
            go_on_in_memory();
        }
    }
    Ok((reply, key))
}

async fn sign(key: &SigningKey, pending: PendingSignature) -> Result<Response, JsValue> {
    let signature = key.sign(pending.signing_input().as_bytes()).await?;
    Ok(pending.finish(&signature))
}

/// The database misses a change, so the worker stops using it.
fn go_on_in_memory() {
    if let Some(mut worker) = WORKER.take() {
        if worker.database.take().is_some() {
            forgetful();
        }
        WORKER.set(Some(worker));
    }
}

fn forgetful() {
    web_sys::console::warn_1(
        &"The built-in authorizer cannot use IndexedDB here. It forgets everything when the browser stops it.".into(),
    );
}

#[allow(clippy::cast_possible_truncation)] // Milliseconds since the epoch fit in 53 bits for 285,000 years.
fn now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

fn read(request: &JsValue) -> Request {
    let text = |name: &str| Reflect::get(request, &name.into()).ok().and_then(|value| value.as_string());
    Request {
        method: text("method").unwrap_or_default(),
        url: text("url").unwrap_or_default(),
        origin: text("origin"),
        authorization: text("authorization"),
        dpop: text("dpop"),
        content_type: text("contentType"),
        body: text("body").unwrap_or_default(),
        // A browser does not show it to service workers.
        cookie: None,
    }
}

fn write(response: &Response) -> Result<JsValue, JsValue> {
    let headers = Array::new();
    for (name, value) in &response.headers {
        headers.push(&Array::of2(&(*name).into(), &value.as_str().into()));
    }
    let object = Object::new();
    Reflect::set(&object, &"status".into(), &response.status.into())?;
    Reflect::set(&object, &"headers".into(), &headers)?;
    Reflect::set(&object, &"body".into(), &response.body.as_str().into())?;
    match response.delivery {
        Delivery::AtOnce => false,
        Delivery::After(milliseconds) => Reflect::set(&object, &"delay".into(), &milliseconds.into())?,
        Delivery::Never => Reflect::set(&object, &"lost".into(), &true.into())?,
    };
    Ok(object.into())
}
