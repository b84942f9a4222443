//! The WebAssembly module of the element: only the exports of `element` and `script`.

// This links the library, which holds the exports.
use pkce_login as _;

fn main() {}
