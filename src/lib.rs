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
//! | `view` | what a person sees of a sign-in, for components and element |
//! | `components` | who is signed in, as Leptos components (feature `components`) |
//! | `script` | the JavaScript API (feature `script`) |
//!
//! | feature | what it adds |
//! |---|---|
//! | `kept` | sessions that outlast a page; on by default |
//! | `dpop` | tokens that are bound to a key of the browser |
//! | `jarm` | answers that are one signed document |
//! | `browser` | the room `browser`, for `wasm32-unknown-unknown` |
//! | `components` | the room `components`: Leptos 0.8, rendered in the browser |
//! | `script` | the room `script` |
//! | `serde` | `Serialize` and `Deserialize` for the configuration and the options of a login; nothing secret has them |
//! | `app` | the demo app, a binary |
//! | `worker` | the built-in authorizer as a service worker, a binary |

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
