//! base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
//!
//! Decoding is strict: no padding, no other alphabet, no white space, and unused bits must be zero, so
//! that two different texts never mean the same octets.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text is not canonical base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBase64Url;

/// Octets to text.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0);
    for octet in octets {
        bits = bits << 8 | u32::from(*octet);
        held += 8;
        while held >= 6 {
            held -= 6;
            text.push(letter(bits >> held));
        }
    }
    if held > 0 {
        text.push(letter(bits << (6 - held)));
    }
    text
}

/// Text to octets.
///
/// # Errors
/// [`NotBase64Url`] for anything that [`encode`] would not have written.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    let mut octets = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes() {
        bits = bits << 6 | value(letter).ok_or(NotBase64Url)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            octets.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    // Six bits alone are no octet, and what is left over must be zero.
    if held < 6 && bits == 0 { Ok(octets) } else { Err(NotBase64Url) }
}

fn letter(bits: u32) -> char {
    ALPHABET.get((bits & 63) as usize).map_or('A', |letter| char::from(*letter))
}

fn value(letter: u8) -> Option<u32> {
    let (first, offset) = match letter {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'-' => (b'-', 62),
        b'_' => (b'_', 63),
        _ => return None,
    };
    Some(u32::from(letter - first) + offset)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn texts_are_those_of_the_crate_that_everybody_uses() {
        let mut octets = Vec::new();
        for step in 0..600_u32 {
            let text = encode(&octets);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&octets));
            assert_eq!(decode(&text).as_deref(), Ok(octets.as_slice()));
            octets.push((step.wrapping_mul(2_654_435_761) >> 24) as u8);
        }
    }

    #[test]
    fn what_that_crate_refuses_is_refused() {
        let letters: Vec<char> = "AQgwZz09-_+/=. é".chars().collect();
        let mut tried = 0;
        for a in &letters {
            for b in &letters {
                for text in [format!("{a}{b}"), format!("A{a}{b}"), format!("{a}AA{b}"), format!("AAA{a}{b}")] {
                    assert_eq!(decode(&text).ok(), URL_SAFE_NO_PAD.decode(&text).ok(), "{text}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 500);
    }
}
