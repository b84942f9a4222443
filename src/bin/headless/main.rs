//! The WebAssembly module of the headless entry: only the exports of `script`.

// This links the library, which holds the exports.
use pkce_login as _;

fn main() {}
