//! The module of the client without UI: everything is in the room `script`, and starts when the page calls it.

use pkce_login::script as _;

fn main() {}
