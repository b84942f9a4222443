//! One value of `WWW-Authenticate`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::challenge::{Challenge, Wanted, resource_metadata, what_is_wanted};
use pkce_login::protocol::token_response::TokenType;
use pkce_login_fuzz::assert_safe_address;

fuzz_target!(|header: &str| {
    let found = Challenge::parse_all(header);
    for challenge in &found {
        let names: Vec<&str> = challenge.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert!((0..names.len()).all(|at| !names[..at].contains(&names[at])));
        for name in names.into_iter().chain([challenge.scheme.as_str()]) {
            assert!(!name.is_empty() && name.bytes().all(|octet| octet.is_ascii_graphic()));
            assert!(!name.bytes().any(|octet| octet.is_ascii_uppercase() || b"\"=,;".contains(&octet)));
        }
    }
    // What was understood must be understood in the same way when it is written out.
    let written: Vec<String> = found.iter().map(write).collect();
    assert_eq!(Challenge::parse_all(&written.join(", ")), found);

    if let Some(address) = resource_metadata(&found) {
        assert_safe_address(address);
    }
    assert_ne!(what_is_wanted(&found, TokenType::Bearer), Wanted::DpopNonce);
    for token_type in [TokenType::Bearer, TokenType::Dpop] {
        let scheme = token_type.scheme().to_ascii_lowercase();
        let wanted = what_is_wanted(&found, token_type);
        assert!(wanted == Wanted::Nothing || found.iter().any(|challenge| challenge.scheme == scheme));
        let (Wanted::MoreScope { scope: words } | Wanted::StepUp { acr_values: words, .. }) = wanted else { continue };
        assert!(words.is_none_or(|words| words.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic())));
    }
});

fn write(challenge: &Challenge) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let parameters = challenge.parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value)));
    format!("{} {}", challenge.scheme, parameters.collect::<Vec<_>>().join(", "))
}
