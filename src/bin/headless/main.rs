//! The module of the headless entry: nothing but what `script` exports.

// What is exported is reached through the library.
use pkce_login as _;

fn main() {}
