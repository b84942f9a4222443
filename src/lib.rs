//! Signs people in from a page that has no server: OAuth 2.0 and OpenID Connect with PKCE.
//!
//! The authorization code that comes back through the browser is no secret; the verifier is. This crate
//! makes the verifier, keeps it in the tab, and proves it once.
//!
//! | room | what it is |
//! |---|---|
//! | [`protocol`] | the RFCs as types and pure functions |
//! | [`client`] | one login and one session over ports |
//! | [`authorizer`] | an OpenID provider for tests and demos: request in, response out |
//! | `browser` | the web platform behind the client's ports (feature `browser`) |

pub mod authorizer;
#[cfg(feature = "browser")]
pub mod browser;
pub mod client;
pub mod protocol;
