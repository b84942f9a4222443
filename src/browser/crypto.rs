//! Signature checks by WebCrypto. No signature code is shipped.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;
use crate::protocol::jws::SigningAlgorithm;

/// Asks the platform whether `signature` over `message` was made with `key`.
///
/// The error means that the platform cannot tell: no WebCrypto (insecure origin), or an unknown algorithm.
pub(super) async fn verify(
    algorithm: SigningAlgorithm,
    key: &Jwk,
    message: &[u8],
    signature: &[u8],
) -> Result<Signature, JsValue> {
    let subtle = subtle()?;
    let Ok(key) = import(&subtle, algorithm, key).await else {
        // A point off the curve, an even exponent: a key that the platform refuses verifies nothing.
        return import_failure(&subtle, algorithm).await;
    };
    let verdict = subtle.verify_with_object_and_js_u8_array_and_js_u8_array(
        &parameters(algorithm)?,
        &key,
        &Uint8Array::from(signature),
        &Uint8Array::from(message),
    )?;
    let good = JsFuture::from(verdict).await?.is_truthy();
    Ok(if good { Signature::Good } else { Signature::Bad })
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    Reflect::get(&crypto, &"subtle".into())?.dyn_into()
}

async fn import(subtle: &SubtleCrypto, algorithm: SigningAlgorithm, key: &Jwk) -> Result<CryptoKey, JsValue> {
    let material: Object = js_sys::JSON::parse(&key.to_json())?.dyn_into()?;
    let usages = Array::of1(&"verify".into());
    let imported = subtle.import_key_with_object("jwk", &material, &parameters(algorithm)?, false, &usages)?;
    JsFuture::from(imported).await?.dyn_into()
}

/// Tells a refused key (the signature counts as bad) from an algorithm that the platform does not have.
async fn import_failure(subtle: &SubtleCrypto, algorithm: SigningAlgorithm) -> Result<Signature, JsValue> {
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let parameters = parameters(algorithm)?;
    if matches!(algorithm, SigningAlgorithm::EdDsa | SigningAlgorithm::Es256) {
        JsFuture::from(subtle.generate_key_with_object(&parameters, false, &usages)?).await?;
    }
    Ok(Signature::Bad)
}

fn parameters(algorithm: SigningAlgorithm) -> Result<Object, JsValue> {
    let members: &[(&str, JsValue)] = match algorithm {
        SigningAlgorithm::Rs256 => &[("name", "RSASSA-PKCS1-v1_5".into()), ("hash", "SHA-256".into())],
        SigningAlgorithm::Ps256 => {
            &[("name", "RSA-PSS".into()), ("hash", "SHA-256".into()), ("saltLength", JsValue::from(32))]
        }
        SigningAlgorithm::Es256 => {
            &[("name", "ECDSA".into()), ("namedCurve", "P-256".into()), ("hash", "SHA-256".into())]
        }
        SigningAlgorithm::EdDsa => &[("name", "Ed25519".into())],
    };
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}
