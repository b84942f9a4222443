//! The issuer that is asked, and on further lines what it answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::metadata::{DiscoveryKind, ServerMetadata, well_known_url};
use pkce_login_fuzz::{assert_safe_address, assert_sound, second_reader};

fuzz_target!(|input: &str| {
    let (issuer, body) = input.split_once('\n').unwrap_or((input, ""));
    for kind in [DiscoveryKind::OpenId, DiscoveryKind::OAuth] {
        if let Ok(address) = well_known_url(issuer, kind) {
            assert_safe_address(&address);
        }
    }
    let Ok(server) = ServerMetadata::judge(issuer, 200, Some("application/json"), body.as_bytes()) else { return };
    assert_eq!(server.issuer, issuer);
    assert_sound(&server);
    let Some(document) = second_reader(body) else { return };
    assert_eq!(document["issuer"], issuer);
    assert_eq!(document["authorization_endpoint"], server.authorization_endpoint.as_str());
    assert_eq!(document["token_endpoint"], server.token_endpoint.as_str());
    // One that is empty is none.
    assert_eq!(document["jwks_uri"].as_str().filter(|uri| !uri.is_empty()), server.jwks_uri.as_deref());
});
