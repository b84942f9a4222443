//! The JavaScript API as far as it runs without a browser (feature `script`).
#![cfg(test)]
#![cfg(feature = "script")]
