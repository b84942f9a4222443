//! The rules of OAuth 2.0 and OpenID Connect as types and pure functions.
//!
//! No code here performs I/O, reads a clock, draws randomness or touches the web platform: callers pass time and
//! entropy. Client and authorizer share this code, so each rule exists once. No input from the network makes it
//! panic.

pub mod authorization_request;
pub mod authorization_response;
pub mod base64url;
pub mod challenge;
pub mod dpop_check;
pub mod dpop_proof;
pub mod explain;
pub mod form;
pub mod id_token;
pub mod jarm;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod logout;
pub mod metadata;
pub mod oauth_error;
pub mod pending_login;
pub mod pkce;
pub mod pushed_request;
pub mod redirect_uri;
pub mod response_mode;
pub mod scope;
pub mod scrub;
pub mod secret;
pub mod signing_algorithm;
pub(crate) mod text;
pub mod token_request;
pub mod token_response;
pub mod url;
pub mod userinfo;
