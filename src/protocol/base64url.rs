//! base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
//!
//! Decoding is strict: no padding, no other alphabet, no white space, and unused bits must be zero, so
//! that two different texts never mean the same octets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not canonical base64url without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBase64Url;

/// Octets to text.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Text to octets.
///
/// # Errors
/// [`NotBase64Url`] for anything that [`encode`] would not have written.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64Url)
}
