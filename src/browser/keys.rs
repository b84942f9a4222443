//! Key pairs of sessions in IndexedDB. The browser holds the private key; no script can read it.

use std::rc::Rc;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

use super::indexed_db::Database;
use super::signing::SigningKey;
use crate::client::ports::{KeysUnavailable, ProofKey};
use crate::protocol::jwk::Jwk;

const DATABASE: &str = "pkce-login.keys";
const STORE: &str = "keys";

impl ProofKey for Rc<SigningKey> {
    fn public_jwk(&self) -> &Jwk {
        SigningKey::public_jwk(self)
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeysUnavailable> {
        SigningKey::sign(self, message).await.map_err(|_| KeysUnavailable)
    }
}

/// Creates a pair, persists it, and deletes expired pairs.
pub(super) async fn make(name: &str, until: i64, now: i64) -> Result<Rc<SigningKey>, JsValue> {
    let database = open().await?;
    for (known, record) in database.all_values(STORE).await? {
        if until_of(&record) <= seconds(now) {
            database.delete(STORE, &known).await?;
        }
    }
    let key = SigningKey::generate().await?;
    database.put_value(STORE, name, &record(key.pair(), until)?).await?;
    Ok(Rc::new(key))
}

pub(super) async fn find(name: &str) -> Result<Option<Rc<SigningKey>>, JsValue> {
    let record = open().await?.value(STORE, name).await?;
    if record.is_undefined() {
        return Ok(None);
    }
    Ok(Some(Rc::new(SigningKey::from_pair(Reflect::get(&record, &"pair".into())?).await?)))
}

pub(super) async fn keep(name: &str, until: i64, now: i64) -> Result<(), JsValue> {
    let database = open().await?;
    if until <= now {
        return database.delete(STORE, name).await;
    }
    let kept = database.value(STORE, name).await?;
    let pair = Reflect::get(&kept, &"pair".into())?;
    database.put_value(STORE, name, &record(&pair, until)?).await
}

async fn open() -> Result<Database, JsValue> {
    Database::open(DATABASE, &[STORE]).await
}

fn record(pair: &JsValue, until: i64) -> Result<JsValue, JsValue> {
    let record = Object::new();
    Reflect::set(&record, &"pair".into(), pair)?;
    Reflect::set(&record, &"until".into(), &seconds(until).into())?;
    Ok(record.into())
}

fn until_of(record: &JsValue) -> f64 {
    // An unreadable record counts as expired.
    Reflect::get(record, &"until".into()).ok().and_then(|until| until.as_f64()).unwrap_or_default()
}

#[allow(clippy::cast_precision_loss)] // Seconds since the epoch fit in 53 bits.
const fn seconds(time: i64) -> f64 {
    time as f64
}
