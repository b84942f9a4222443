//! The module of the element: nothing but what `element` and `script` export.

// What is exported is reached through the library.
use pkce_login as _;

fn main() {}
