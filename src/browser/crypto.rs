//! Signature checks by WebCrypto. This crate ships no signature code.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::client::ports::SignedMessage;
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::{Jwk, KeyMaterial};
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// Asks the platform whether the signature over the message was made with the key.
///
/// # Errors
/// What the platform threw. It cannot tell: no WebCrypto (insecure origin), or an unknown algorithm.
pub async fn verify(signed: SignedMessage<'_>) -> Result<Signature, JsValue> {
    let subtle = subtle()?;
    match is_good(&subtle, signed).await {
        Ok(true) => Ok(Signature::Good),
        Ok(false) => Ok(Signature::Bad),
        Err(_) => {
            // A point off the curve, an even exponent: a key that the platform refuses verifies nothing. But a platform
            // that also refuses a good key lacks the algorithm, and cannot tell.
            import(&subtle, signed.algorithm, &good_key(signed.algorithm)).await?;
            Ok(Signature::Bad)
        }
    }
}

async fn is_good(subtle: &SubtleCrypto, signed: SignedMessage<'_>) -> Result<bool, JsValue> {
    let SignedMessage { algorithm, key, message, signature } = signed;
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

/// A key that every platform with the algorithm accepts. It never verifies a signature.
fn good_key(algorithm: SigningAlgorithm) -> Jwk {
    let material = match algorithm {
        // The generators of the curves.
        SigningAlgorithm::Es256 => KeyMaterial::P256 {
            x: "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY".to_owned(),
            y: "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU".to_owned(),
        },
        SigningAlgorithm::Es384 => KeyMaterial::P384 {
            x: "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3".to_owned(),
            y: "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f".to_owned(),
        },
        SigningAlgorithm::Es512 => KeyMaterial::P521 {
            x: "AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51ko_h3BJ6L_qN4zSLPBhWpCm_l-fjHC5b1m".to_owned(),
            y: "ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT-tB2E1PHCGonLCQIi-lHaf0WZQ".to_owned(),
        },
        // 2^2048 - 1: the platform checks only the size of a modulus, and that it is odd.
        SigningAlgorithm::Rs256
        | SigningAlgorithm::Rs384
        | SigningAlgorithm::Rs512
        | SigningAlgorithm::Ps256
        | SigningAlgorithm::Ps384
        | SigningAlgorithm::Ps512 => {
            KeyMaterial::Rsa { n: ["_".repeat(341).as_str(), "w"].concat(), e: "AQAB".to_owned() }
        }
        SigningAlgorithm::EdDsa => KeyMaterial::Ed25519 { x: "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY".to_owned() },
    };
    Jwk { kid: None, alg: None, material }
}

fn parameters(algorithm: SigningAlgorithm) -> Result<Object, JsValue> {
    let (name, curve) = match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Rs384 | SigningAlgorithm::Rs512 => ("RSASSA-PKCS1-v1_5", None),
        SigningAlgorithm::Ps256 | SigningAlgorithm::Ps384 | SigningAlgorithm::Ps512 => ("RSA-PSS", None),
        SigningAlgorithm::Es256 => ("ECDSA", Some("P-256")),
        SigningAlgorithm::Es384 => ("ECDSA", Some("P-384")),
        SigningAlgorithm::Es512 => ("ECDSA", Some("P-521")),
        SigningAlgorithm::EdDsa => ("Ed25519", None),
    };
    let hash = match algorithm.hash_length() {
        32 => "SHA-256",
        48 => "SHA-384",
        _ => "SHA-512",
    };
    // The salt is as long as the hash (RFC 7518, section 3.5). An algorithm ignores members that it does not use.
    let salt_length = u32::try_from(algorithm.hash_length()).unwrap_or_default();
    let object = Object::new();
    Reflect::set(&object, &"name".into(), &name.into())?;
    Reflect::set(&object, &"hash".into(), &hash.into())?;
    Reflect::set(&object, &"saltLength".into(), &JsValue::from(salt_length))?;
    if let Some(curve) = curve {
        Reflect::set(&object, &"namedCurve".into(), &curve.into())?;
    }
    Ok(object)
}
