//! Status and media type of a token response in one line, and on further lines its body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::scope::Scope;
use pkce_login::protocol::token_response::{
    DpopMode, Grant, MAX_LIFETIME, RawTokenResponse, TokenContext, TokenError, TokenSet, TokenType,
};
use pkce_login_fuzz::second_reader;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|octet| *octet == b'\n') else { return };
    let Ok(head) = std::str::from_utf8(&input[..end]) else { return };
    let (status, content_type) = head.split_once(' ').unwrap_or((head, ""));
    let response = RawTokenResponse {
        status: status.parse().unwrap_or(200),
        content_type: Some(content_type),
        dpop_nonce: Some("nonce"),
        body: &input[end + 1..],
    };
    let requested_scope = Scope::parse("openid read write");
    for grant in [Grant::AuthorizationCode, Grant::RefreshToken] {
        for openid in [false, true] {
            for dpop in [DpopMode::Off, DpopMode::Optional, DpopMode::Required] {
                check(response, TokenContext { grant, requested_scope: &requested_scope, openid, dpop });
            }
        }
    }
});

fn check(response: RawTokenResponse<'_>, context: TokenContext<'_>) {
    let tokens = match TokenSet::judge(response, context) {
        Ok(tokens) => tokens,
        Err(TokenError::Refused(_) | TokenError::UseDpopNonce(_)) => {
            assert!((400..500).contains(&response.status));
            return;
        }
        Err(_) => return,
    };
    assert_eq!(response.status, 200);
    assert!(tokens.expires_in.is_none_or(|seconds| (0..=MAX_LIFETIME).contains(&seconds)));
    match context.dpop {
        DpopMode::Off => assert_eq!(tokens.token_type, TokenType::Bearer),
        DpopMode::Optional => {}
        DpopMode::Required => assert_eq!(tokens.token_type, TokenType::Dpop),
    }
    let Some(body) = second_reader(std::str::from_utf8(response.body).unwrap()) else { return };
    // An optional member that is null or empty is not there.
    let optional = |name: &str| body.get(name).filter(|value| !value.is_null() && *value != "");
    assert!(optional("error").is_none());
    let same = |name: &str, found: Option<&str>| {
        assert_eq!(optional(name).and_then(Value::as_str), found);
        assert!(found.is_none_or(|text| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic())));
    };
    same("access_token", Some(tokens.access_token.expose()));
    same("refresh_token", tokens.refresh_token.as_ref().map(|token| token.expose()));
    match &tokens.id_token {
        Some(token) => same("id_token", Some(token.expose())),
        None => assert!(!context.openid || context.grant == Grant::RefreshToken),
    }
    let granted =
        optional("scope").map_or(context.requested_scope.clone(), |text| Scope::parse(text.as_str().unwrap()));
    assert!(granted.is_subset_of(&tokens.scope) && tokens.scope.is_subset_of(&granted));
}
