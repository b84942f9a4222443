//! ES256 signatures by WebCrypto, with a private key that not even this crate can read.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::protocol::jwk::{Jwk, KeyMaterial};

/// A key pair on the curve P-256.
pub struct SigningKey {
    pair: JsValue,
    private: CryptoKey,
    public: Jwk,
}

impl SigningKey {
    /// Creates a new pair. Its private key cannot be exported.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn generate() -> Result<Self, JsValue> {
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let parameters = object(&[("name", "ECDSA"), ("namedCurve", "P-256")])?;
        let pair = JsFuture::from(subtle()?.generate_key_with_object(&parameters, false, &usages)?).await?;
        Self::from_pair(pair).await
    }

    /// Takes a pair from [`pair`](Self::pair). The pair can be persisted in IndexedDB, not as text.
    ///
    /// # Errors
    /// What the platform threw: the value is no such pair.
    pub async fn from_pair(pair: JsValue) -> Result<Self, JsValue> {
        let private = Reflect::get(&pair, &"privateKey".into())?.dyn_into()?;
        let public: CryptoKey = Reflect::get(&pair, &"publicKey".into())?.dyn_into()?;
        let exported = JsFuture::from(subtle()?.export_key("jwk", &public)?).await?;
        let member = |name: &str| Reflect::get(&exported, &name.into())?.as_string().ok_or(JsValue::UNDEFINED);
        let public = Jwk { kid: None, alg: None, material: KeyMaterial::P256 { x: member("x")?, y: member("y")? } };
        Ok(Self { pair, private, public })
    }

    /// The pair as an object of the platform.
    #[must_use]
    pub fn pair(&self) -> &JsValue {
        &self.pair
    }

    /// The public key.
    #[must_use]
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// Signs: R and S, 32 octets each (RFC 7518, section 3.4).
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JsValue> {
        let parameters = object(&[("name", "ECDSA"), ("hash", "SHA-256")])?;
        let signing =
            subtle()?.sign_with_object_and_js_u8_array(&parameters, &self.private, &Uint8Array::from(message))?;
        Ok(Uint8Array::new(&JsFuture::from(signing).await?).to_vec())
    }
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    Reflect::get(&crypto, &"subtle".into())?.dyn_into()
}

fn object(members: &[(&str, &str)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), &(*value).into())?;
    }
    Ok(object)
}
