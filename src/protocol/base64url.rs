//! base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
//!
//! Decoding is strict: no padding, no other alphabet, no white space, and unused bits are zero. No two texts decode
//! to the same octets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not canonical base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBase64Url;

/// Encodes octets as text.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Decodes text to octets.
///
/// # Errors
/// [`NotBase64Url`] for any text that [`encode`] does not write.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64Url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_the_rfc() {
        // RFC 4648, section 10, without padding; RFC 7515, appendix C.
        for (octets, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(octets.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), octets.as_bytes());
        }
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
    }

    #[test]
    fn what_is_decoded_is_the_one_text_of_its_octets() {
        let letters: Vec<char> = "AQgwZz09-_+/=. é\n".chars().collect();
        let mut found = 0;
        for a in &letters {
            for b in &letters {
                for text in [format!("{a}{b}"), format!("A{a}{b}"), format!("{a}AA{b}"), format!("AAA{a}{b}")] {
                    if let Ok(octets) = decode(&text) {
                        assert_eq!(encode(&octets), text);
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 100);
        for refused in ["=", "Zg==", "Zh", "Zg=", "Z", "Zm9v\n", "A+z_4ME", "A/z_4ME", " Zg"] {
            assert_eq!(decode(refused), Err(NotBase64Url), "{refused}");
        }
    }
}
