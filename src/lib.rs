//! Signs people in from a page that has no server: OAuth 2.0 and OpenID Connect with PKCE.
//!
//! The authorization code that comes back through the browser is not a secret; the code verifier is. This crate makes
//! the verifier, keeps it in the tab, and uses it once.
//!
//! | module | contents |
//! |---|---|
//! | [`protocol`] | the RFCs as types and pure functions |
//! | [`client`] | one login and one session; the platform comes in through ports (traits) |
//! | [`authorizer`] | an OpenID provider for tests and demos: request in, response out |
//! | `browser` | the web platform as an implementation of these ports (feature `browser`) |
//! | `view` | what the user sees of a sign-in, for `components` and the element |
//! | `components` | who is signed in, as Leptos components (feature `components`) |
//! | `script` | the JavaScript API (feature `script`) |
//!
//! | feature | what it adds |
//! |---|---|
//! | `persistence` | sessions that outlast a page; on by default |
//! | `dpop` | tokens that are bound to a key of the browser |
//! | `jarm` | authorization responses that are one signed document |
//! | `browser` | the module `browser`, for `wasm32-unknown-unknown` |
//! | `components` | the module `components`: Leptos 0.8, rendered in the browser |
//! | `script` | the module `script` |
//! | `serde` | `Serialize` and `Deserialize` for the configuration and the login options; no secret implements them |
//! | `app` | the demo app, a binary |
//! | `worker` | the built-in authorizer as a service worker, a binary |
//! | `server` | the built-in authorizer as a program for this machine: the binary `pkce-login-authorizer` |

pub mod authorizer;
#[cfg(feature = "browser")]
pub mod browser;
pub mod client;
#[cfg(feature = "components")]
pub mod components;
#[cfg(feature = "element")]
pub mod element;
pub mod protocol;
#[cfg(feature = "script")]
pub mod script;
#[cfg(any(feature = "components", feature = "element"))]
pub mod view;
