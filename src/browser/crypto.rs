//! Signature checks by WebCrypto. No signature code is shipped.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::protocol::id_token::Signature;
use crate::protocol::jwk::{Jwk, KeyMaterial};
use crate::protocol::jws::SigningAlgorithm;

/// Asks the platform whether `signature` over `message` was made with `key`.
///
/// # Errors
/// What the platform threw. It cannot tell: no WebCrypto (insecure origin), or an unknown algorithm.
pub async fn verify(
    algorithm: SigningAlgorithm,
    key: &Jwk,
    message: &[u8],
    signature: &[u8],
) -> Result<Signature, JsValue> {
    let subtle = subtle()?;
    match is_good(&subtle, algorithm, key, message, signature).await {
        Ok(true) => Ok(Signature::Good),
        Ok(false) => Ok(Signature::Bad),
        Err(_) => {
            // A point off the curve, an even exponent: a key that the platform refuses verifies nothing. But a
            // platform that refuses a good key too does not have the algorithm, and cannot tell.
            import(&subtle, algorithm, &good_key(algorithm)).await?;
            Ok(Signature::Bad)
        }
    }
}

async fn is_good(
    subtle: &SubtleCrypto,
    algorithm: SigningAlgorithm,
    key: &Jwk,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let verdict = subtle.verify_with_object_and_js_u8_array_and_js_u8_array(
        &parameters(algorithm)?,
        &import(subtle, algorithm, key).await?,
        &Uint8Array::from(signature),
        &Uint8Array::from(message),
    )?;
    Ok(JsFuture::from(verdict).await?.is_truthy())
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

/// A key that every platform takes that has the algorithm; nothing is ever verified with it.
fn good_key(algorithm: SigningAlgorithm) -> Jwk {
    let material = match algorithm {
        // 2^2048 - 1: nothing about a modulus is checked but its size and that it is odd.
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            KeyMaterial::Rsa { n: ["_".repeat(341).as_str(), "w"].concat(), e: "AQAB".to_owned() }
        }
        // The generators of the two curves.
        SigningAlgorithm::Es256 => KeyMaterial::P256 {
            x: "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY".to_owned(),
            y: "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU".to_owned(),
        },
        SigningAlgorithm::EdDsa => KeyMaterial::Ed25519 { x: "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY".to_owned() },
    };
    Jwk { kid: None, alg: None, material }
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
