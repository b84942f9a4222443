//! The module of the element: everything is in the room `element`, and starts when the page calls it.

use pkce_login::element as _;

fn main() {}
