//! The rows of the table. A new switch is one row here and, unless an edit does it, one `if` at the place of the rule.

use super::{Change, Document, Edit, Needs, Stage, Switch, SwitchKind, SwitchNotes, SwitchRow};

const fn edit(document: Document, member: &'static str, change: Change) -> Edit {
    Edit { document, member, change }
}

macro_rules! switches {
    ($($variant:ident = $name:literal, $kind:ident, $check:literal, $section:literal,
        $text:literal, $safe:literal, { $($field:ident: $value:expr,)* };)+) => {
        /// Every switch.
        pub const SWITCHES: &[SwitchRow] = &[$({
            #[allow(unused_mut, reason = "most rows have no further field")]
            let mut row = SwitchRow::new(Switch::$variant, $name, SwitchKind::$kind, $check, $text);
            $(switches!(@row row $field $value);)*
            row
        },)+];

        /// What else is known of each switch, in the same order.
        pub(super) const NOTES: &[SwitchNotes] = &[$({
            #[allow(unused_mut, reason = "most rows have no further field")]
            let mut notes = SwitchNotes::new($section, $safe);
            $(switches!(@notes notes $field $value);)*
            notes
        },)+];
    };
    (@row $row:ident edits $value:expr) => { $row.edits = $value; };
    (@row $row:ident $field:ident $value:expr) => {};
    (@notes $notes:ident edits $value:expr) => {};
    (@notes $notes:ident $field:ident $value:expr) => { $notes.$field = $value; };
}

switches! {
    PkceOptional = "pkce-optional", Weakness, "S-05", "RFC 9700, section 2.1.1",
        "A request without a hash is accepted, and its code needs no secret.", "A server refuses a request without code_challenge.", {};
    PlainAccepted = "plain-accepted", Weakness, "S-08", "RFC 7636, section 7.2",
        "The hash may be the secret itself (method plain).", "A server accepts S256 only.", { edits: &[edit(Document::Metadata, "code_challenge_methods_supported", Change::Set(r#"["S256","plain"]"#))], };
    VerifierNotCompared = "verifier-not-compared", Weakness, "S-07", "RFC 7636, section 4.6",
        "Any secret is accepted; it is not compared with the hash.", "A server compares the hash of the secret.", {};
    PkceDowngrade = "pkce-downgrade", Weakness, "S-06", "RFC 9700, section 4.8.2",
        "A code of a request with a hash is exchanged without a secret.", "A server requires the secret wherever the request had a hash.", {};
    CodeReusable = "code-reusable", Weakness, "S-12", "RFC 6749, section 4.1.2",
        "A code can be exchanged repeatedly until it expires.", "A server takes a code once, and revokes its tokens at the second time.", {};
    CodeOfAnyClient = "code-of-any-client", Weakness, "S-10", "RFC 6749, section 4.1.3",
        "A code can be exchanged by another client.", "A server binds the code to the client.", {};
    CodeAtAnyRedirectUri = "code-at-any-redirect-uri", Weakness, "S-15", "RFC 6749, section 4.1.3",
        "The exchange may name another redirect URI than the request.", "A server compares both redirect URIs.", {};
    RedirectUriByPrefix = "redirect-uri-by-prefix", Weakness, "S-01", "RFC 9700, section 4.1.3",
        "A redirect URI that begins with a registered one is accepted.", "A server compares redirect URIs exactly.", {};
    RedirectUriByOrigin = "redirect-uri-by-origin", Weakness, "S-01", "RFC 9700, section 4.1.3",
        "Any address of a registered origin is accepted as redirect URI.", "A server compares redirect URIs exactly.", {};
    RedirectUriAnyPort = "redirect-uri-any-port", Weakness, "S-01", "RFC 8252, section 7.3",
        "The port of a redirect URI is not compared.", "A server ignores the port on loopback IP addresses only.", {};
    IssNotSent = "iss-not-sent", Weakness, "S-17", "RFC 9207, section 2",
        "No answer names its authorizer, and the metadata does not promise it.", "A server sends iss, so that a client of several servers notices a mix-up.", { edits: &[edit(Document::Answer, "iss", Change::Remove), edit(Document::Metadata, "authorization_response_iss_parameter_supported", Change::Set("false"))], };
    ImplicitAllowed = "implicit-allowed", Weakness, "S-16", "RFC 9700, section 2.1.2",
        "A request for a token in the address is answered.", "A server hands out codes only.", { edits: &[edit(Document::Metadata, "response_types_supported", Change::Set(r#"["code","token"]"#))], };
    RefreshNotRotated = "refresh-not-rotated", Weakness, "S-27", "RFC 9700, section 4.14.2",
        "A refresh token stays the same at every use.", "A server gives a public client a new refresh token at each use.", {};
    RefreshReuseTolerated = "refresh-reuse-tolerated", Weakness, "S-28", "RFC 9700, section 4.14.2",
        "A refresh token that was replaced still works.", "A server ends the session when a replaced refresh token comes.", {};
    RefreshOfAnyClient = "refresh-of-any-client", Weakness, "S-26", "RFC 6749, section 10.4",
        "A refresh token can be used by another client.", "A server binds the refresh token to the client.", {};
    ConsentSkipped = "consent-skipped", Weakness, "S-20", "RFC 6749, section 10.2",
        "The person is not asked what the app may do.", "A server asks where it cannot be sure of the app.", {};
    TokenInQuery = "token-in-query", Weakness, "S-33", "RFC 9700, section 4.3.2",
        "UserInfo accepts an access token in its address.", "A server accepts access tokens in the header only.", {};
    FramingAllowed = "framing-allowed", Weakness, "S-42", "RFC 9700, section 4.16",
        "Any page may show the sign-in page in a frame.", "A server forbids framing.", {};
    DpopNotEnforced = "dpop-not-enforced", Weakness, "S-39", "RFC 9449, section 7",
        "A token that is bound to a key works without a proof.", "A server requires the proof at each use.", { needs: Needs::Dpop, };
    ParNotBound = "par-not-bound", Weakness, "S-23", "RFC 9126, section 7.3",
        "A pushed request can be used by another client, and repeatedly.", "A server binds the reference to the client and takes it once.", { needs: Needs::PushedRequests, };
    WrongState = "wrong-state", Fault, "S-17", "RFC 6749, section 4.1.2",
        "The answer carries another state than the request.", "The client uses nothing of the answer and sends no request.", { reason: "state_mismatch", edits: &[edit(Document::Answer, "state", Change::Replace("another-state"))], };
    NoState = "no-state", Fault, "S-17", "RFC 6749, section 4.1.2",
        "The answer carries no state.", "The client uses nothing of the answer and sends no request.", { reason: "state_missing", edits: &[edit(Document::Answer, "state", Change::Remove)], };
    RepeatedState = "repeated-state", Fault, "S-16", "RFC 6749, section 3.1",
        "The answer carries the state twice.", "The client uses nothing of the answer and sends no request.", { reason: "duplicate_parameter", edits: &[edit(Document::Answer, "state", Change::Repeat)], };
    WrongIss = "wrong-iss", Fault, "S-17", "RFC 9207, section 2.4",
        "The answer names another authorizer.", "The client sends the code to no endpoint.", { reason: "iss_mismatch", edits: &[edit(Document::Answer, "iss", Change::Replace("https://other-authorizer.example"))], };
    NoIss = "no-iss", Fault, "S-17", "RFC 9207, section 2.4",
        "The answer names no authorizer, although the metadata promises it.", "The client sends the code to no endpoint.", { reason: "iss_missing", edits: &[edit(Document::Answer, "iss", Change::Remove)], };
    RepeatedIss = "repeated-iss", Fault, "S-16", "RFC 6749, section 3.1",
        "The answer names its authorizer twice.", "The client uses nothing of the answer and sends no request.", { reason: "duplicate_parameter", edits: &[edit(Document::Answer, "iss", Change::Repeat)], };
    RepeatedCode = "repeated-code", Fault, "S-16", "RFC 6749, section 3.1",
        "The answer carries two codes.", "The client uses nothing of the answer and sends no request.", { reason: "duplicate_parameter", edits: &[edit(Document::CodeAnswer, "code", Change::Repeat)], };
    NoCode = "no-code", Fault, "S-16", "RFC 6749, section 4.1.2",
        "The answer carries neither a code nor an error.", "The client uses nothing of the answer and sends no request.", { reason: "missing_code", edits: &[edit(Document::CodeAnswer, "code", Change::Remove)], };
    CodeAndError = "code-and-error", Fault, "S-16", "RFC 6749, section 4.1.2.1",
        "The answer carries a code and an error.", "The client uses nothing of the answer and sends no request.", { reason: "code_and_error", edits: &[edit(Document::CodeAnswer, "error", Change::Set("access_denied"))], };
    TokenInAnswer = "token-in-answer", Fault, "S-16", "RFC 9700, section 2.1.2",
        "The answer carries an access token that was not requested.", "The client uses nothing of the answer and sends no request.", { reason: "unexpected_token", edits: &[edit(Document::CodeAnswer, "access_token", Change::Set("token-of-the-front-channel"))], };
    WrongComponent = "wrong-component", Fault, "S-22", "OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1",
        "The answer stands in the fragment in place of the query, or in the query in place of the fragment.", "The client uses nothing of the answer and sends no request.", { reason: "unexpected_response_mode", };
    WrongRedirectUri = "wrong-redirect-uri", Fault, "S-01", "RFC 6749, section 3.1.2",
        "The answer goes to another address below the redirect URI.", "The client uses no answer that arrives elsewhere.", { reason: "state_mismatch", };
    Unsolicited = "unsolicited", Fault, "S-17", "RFC 6749, section 10.12",
        "The answer belongs to no request: a code of another person, with a state of its own.", "The client signs in nobody.", { reason: "state_mismatch", };
    JarmWrongIss = "jarm-wrong-iss", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.4",
        "The signed answer names another issuer.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "iss_mismatch", edits: &[edit(Document::SignedAnswer, "iss", Change::Replace(r#""https://other-authorizer.example""#))], };
    JarmWrongAud = "jarm-wrong-aud", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.4",
        "The signed answer is for another client.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "aud_mismatch", edits: &[edit(Document::SignedAnswer, "aud", Change::Replace(r#""another-app""#))], };
    JarmExpired = "jarm-expired", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.4",
        "The signed answer has expired.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "expired", edits: &[edit(Document::SignedAnswer, "exp", Change::Replace("1"))], };
    JarmNoExp = "jarm-no-exp", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.1",
        "The signed answer has no expiry.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "exp_missing", edits: &[edit(Document::SignedAnswer, "exp", Change::Remove)], };
    JarmBadSignature = "jarm-bad-signature", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.4",
        "The signature of the signed answer is wrong.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "bad_signature", };
    JarmPlain = "jarm-plain", Fault, "S-22", "JWT Secured Authorization Response Mode, section 2.3",
        "The answer is not signed, although the client asked for it.", "The client uses nothing of the answer and sends no request.", { needs: Needs::Jarm, reason: "jarm_expected", };
    HtmlToken = "html-token", Fault, "S-24", "RFC 6749, section 5.1",
        "The token endpoint answers 200 with an HTML page.", "The client has no session, and does not send the code again.", { reason: "wrong_content_type", };
    ServerError = "server-error", Fault, "S-24", "RFC 6749, section 5.2",
        "The token endpoint answers 500.", "The client has no session, and does not send the code again.", { reason: "unexpected_status", };
    TooManyRequests = "too-many-requests", Fault, "S-24", "RFC 6585, section 4",
        "The token endpoint answers 429.", "The client has no session, and does not send the code again.", { reason: "slow_down", };
    TokenRedirect = "token-redirect", Fault, "S-24", "RFC 9700, section 4.12",
        "The token endpoint redirects the request to another address.", "The client does not follow: code and secret would go there.", { reason: "redirected", };
    TokenSlow = "token-slow", Fault, "S-24", "RFC 6749, section 4.1.3",
        "The token endpoint answers after 30 seconds.", "The client ends the wait, and does not send the code again.", { reason: "timed_out", };
    TokenLost = "token-lost", Fault, "S-24", "RFC 6749, section 4.1.2",
        "The token endpoint spends the code, and its answer is lost.", "The client does not send the code again.", { reason: "host_unreachable", };
    NoCors = "no-cors", Fault, "S-24", "Fetch, CORS protocol",
        "No page may read the token, userinfo and revocation responses.", "The client says that the app has to be allowed there.", { reason: "cors_blocked", };
    TokenHuge = "token-huge", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response has two million octets.", "The client stops reading.", { reason: "too_large", };
    TokenMediaType = "token-media-type", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response says that it is plain text.", "The client has no session, and does not send the code again.", { reason: "wrong_content_type", };
    ErrorInSuccess = "error-in-success", Fault, "S-24", "RFC 6749, section 5.2",
        "The token endpoint refuses with status 200.", "The client has no session, and does not send the code again.", { reason: "error_in_success", };
    TokenNotJson = "token-not-json", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response is cut off.", "The client has no session, and does not send the code again.", { reason: "not_json", };
    TokenArray = "token-array", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response is a list.", "The client has no session, and does not send the code again.", { reason: "not_object", };
    RepeatedMember = "repeated-member", Fault, "S-24", "RFC 8259, section 4",
        "The token response names its access token twice.", "The client has no session, and does not send the code again.", { reason: "duplicate_member", edits: &[edit(Document::TokenResponse, "access_token", Change::Repeat)], };
    NoAccessToken = "no-access-token", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response has no access token.", "The client has no session, and does not send the code again.", { reason: "missing_access_token", edits: &[edit(Document::TokenResponse, "access_token", Change::Remove)], };
    AccessTokenNull = "access-token-null", Fault, "S-24", "RFC 6749, section 5.1",
        "The access token is null.", "The client has no session, and does not send the code again.", { reason: "invalid_access_token", edits: &[edit(Document::TokenResponse, "access_token", Change::Set("null"))], };
    AccessTokenNumber = "access-token-number", Fault, "S-24", "RFC 6749, section 5.1",
        "The access token is a number.", "The client has no session, and does not send the code again.", { reason: "invalid_access_token", edits: &[edit(Document::TokenResponse, "access_token", Change::Set("7"))], };
    NoTokenType = "no-token-type", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response has no token type.", "The client has no session, and does not send the code again.", { reason: "missing_token_type", edits: &[edit(Document::TokenResponse, "token_type", Change::Remove)], };
    TokenTypeUnknown = "token-type-unknown", Fault, "S-24", "RFC 6749, section 5.1",
        "The token type is unknown.", "The client has no session, and does not send the code again.", { reason: "unsupported_token_type", edits: &[edit(Document::TokenResponse, "token_type", Change::Set(r#""mac""#))], };
    TokenTypeNumber = "token-type-number", Fault, "S-24", "RFC 6749, section 5.1",
        "The token type is a number.", "The client has no session, and does not send the code again.", { reason: "invalid_token_type", edits: &[edit(Document::TokenResponse, "token_type", Change::Set("7"))], };
    ExpiresInText = "expires-in-text", Fault, "S-24", "RFC 6749, section 5.1",
        "The lifetime of the access token is a word.", "The client has no session, and does not send the code again.", { reason: "invalid_expires_in", edits: &[edit(Document::TokenResponse, "expires_in", Change::Set(r#""soon""#))], };
    RefreshTokenNumber = "refresh-token-number", Fault, "S-24", "RFC 6749, section 5.1",
        "The refresh token is a number.", "The client has no session, and does not send the code again.", { reason: "invalid_refresh_token", edits: &[edit(Document::TokenResponse, "refresh_token", Change::Set("7"))], };
    ScopeNumber = "scope-number", Fault, "S-24", "RFC 6749, section 5.1",
        "The granted scope is a number.", "The client has no session, and does not send the code again.", { reason: "invalid_scope_type", edits: &[edit(Document::TokenResponse, "scope", Change::Set("7"))], };
    NoIdToken = "no-id-token", Fault, "S-24", "RFC 6749, section 5.1",
        "The token response has no ID token.", "The client has no session, and does not send the code again.", { reason: "missing_id_token", edits: &[edit(Document::TokenResponse, "id_token", Change::Remove)], };
    IdTokenNumber = "id-token-number", Fault, "S-24", "RFC 6749, section 5.1",
        "The ID token is a number.", "The client has no session, and does not send the code again.", { reason: "invalid_id_token", edits: &[edit(Document::TokenResponse, "id_token", Change::Set("7"))], };
    IdTokenIss = "id-token-wrong-iss", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token names another issuer.", "The client has no session.", { reason: "iss_mismatch", module: "oidcc-client-test-invalid-iss", edits: &[edit(Document::IdToken, "iss", Change::Replace(r#""https://other-authorizer.example""#))], };
    IdTokenAud = "id-token-wrong-aud", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token is for another client.", "The client has no session.", { reason: "aud_mismatch", module: "oidcc-client-test-invalid-aud", edits: &[edit(Document::IdToken, "aud", Change::Replace(r#""another-app""#))], };
    IdTokenNoAud = "id-token-no-aud", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token names no client.", "The client has no session.", { reason: "aud_missing", module: "oidcc-client-test-missing-aud", edits: &[edit(Document::IdToken, "aud", Change::Remove)], };
    IdTokenMoreAud = "id-token-foreign-aud", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token is also for a client that this one does not trust.", "The client has no session.", { reason: "aud_untrusted", edits: &[edit(Document::IdToken, "aud", Change::ListWith(r#""another-app""#))], };
    IdTokenAzp = "id-token-wrong-azp", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token was issued to another client.", "The client has no session.", { reason: "azp_mismatch", edits: &[edit(Document::IdToken, "azp", Change::Set(r#""another-app""#))], };
    IdTokenNoNonce = "id-token-no-nonce", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token has no nonce.", "The client has no session.", { reason: "nonce_missing", edits: &[edit(Document::IdToken, "nonce", Change::Remove)], };
    WrongNonce = "wrong-nonce", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token carries another nonce than the request.", "The client has no session.", { reason: "nonce_mismatch", module: "oidcc-client-test-nonce-invalid", edits: &[edit(Document::IdToken, "nonce", Change::Replace(r#""another-nonce""#))], };
    IdTokenExpired = "id-token-expired", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token has expired.", "The client has no session.", { reason: "expired", edits: &[edit(Document::IdToken, "exp", Change::Replace("1"))], };
    IdTokenNoExp = "id-token-no-exp", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token has no expiry.", "The client has no session.", { reason: "exp_missing", edits: &[edit(Document::IdToken, "exp", Change::Remove)], };
    IdTokenExpText = "id-token-exp-text", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The expiry of the ID token is a word.", "The client has no session.", { reason: "exp_type", edits: &[edit(Document::IdToken, "exp", Change::Replace(r#""soon""#))], };
    IdTokenNoIat = "id-token-no-iat", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token does not say when it was issued.", "The client has no session.", { reason: "iat_missing", module: "oidcc-client-test-missing-iat", edits: &[edit(Document::IdToken, "iat", Change::Remove)], };
    IdTokenFuture = "id-token-from-future", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The ID token was issued in the year 2100.", "The client has no session.", { reason: "iat_in_future", edits: &[edit(Document::IdToken, "iat", Change::Replace("4102444800")), edit(Document::IdToken, "exp", Change::Replace("4102448400"))], };
    IdTokenNoSub = "id-token-no-sub", Fault, "S-32", "OpenID Connect Core, section 2",
        "The ID token does not say who signed in.", "The client has no session.", { reason: "sub_missing", module: "oidcc-client-test-missing-sub", edits: &[edit(Document::IdToken, "sub", Change::Remove)], };
    IdTokenSubNumber = "id-token-sub-number", Fault, "S-32", "OpenID Connect Core, section 2",
        "The subject of the ID token is a number.", "The client has no session.", { reason: "sub_type", edits: &[edit(Document::IdToken, "sub", Change::Replace("7"))], };
    IdTokenAtHash = "id-token-wrong-at-hash", Fault, "S-32", "OpenID Connect Core, section 3.1.3.8",
        "The ID token belongs to another access token.", "The client has no session.", { reason: "at_hash_mismatch", edits: &[edit(Document::IdToken, "at_hash", Change::Replace(r#""AAAAAAAAAAAAAAAAAAAAAA""#))], };
    IdTokenAlgNone = "id-token-alg-none", Fault, "S-32", "RFC 8725, section 3.2",
        "The ID token says that it is not signed.", "The client has no session.", { reason: "alg_not_allowed", module: "oidcc-client-test-idtoken-sig-none", edits: &[edit(Document::IdTokenHeader, "alg", Change::Replace(r#""none""#))], };
    IdTokenAlgHs256 = "id-token-alg-hs256", Fault, "S-32", "RFC 8725, section 3.1",
        "The ID token says that it is signed with a shared secret.", "The client has no session.", { reason: "alg_not_allowed", module: "oidcc-client-test-invalid-sig-hs256", edits: &[edit(Document::IdTokenHeader, "alg", Change::Replace(r#""HS256""#))], };
    IdTokenKid = "id-token-unknown-kid", Fault, "S-32", "OpenID Connect Core, section 10.1",
        "The ID token names a key that the authorizer does not publish.", "The client has no session.", { reason: "no_matching_key", edits: &[edit(Document::IdTokenHeader, "kid", Change::Replace(r#""unknown""#))], };
    IdTokenTyp = "id-token-wrong-typ", Fault, "S-32", "RFC 8725, section 3.11",
        "The ID token says that it is an access token.", "The client has no session.", { reason: "typ_not_allowed", edits: &[edit(Document::IdTokenHeader, "typ", Change::Replace(r#""at+jwt""#))], };
    IdTokenCrit = "id-token-crit", Fault, "S-32", "RFC 7515, section 4.1.11",
        "The ID token demands an extension.", "The client has no session.", { reason: "crit_unsupported", edits: &[edit(Document::IdTokenHeader, "crit", Change::Set(r#"["exp"]"#))], };
    BadSignature = "bad-signature", Fault, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The signature of the ID token is wrong.", "The client has no session.", { reason: "bad_signature", module: "oidcc-client-test-invalid-sig-es256", };
    OtherKey = "other-key", Fault, "S-32", "OpenID Connect Core, section 10.1",
        "The published key is not the one that signs.", "The client has no session.", { reason: "bad_signature", };
    UserInfoSub = "userinfo-other-sub", Fault, "S-33", "OpenID Connect Core, section 5.3.2",
        "UserInfo answers with claims of another person.", "The client uses nothing of the claims; the session stays.", { stage: Stage::UserInfo, reason: "sub_mismatch", module: "oidcc-client-test-userinfo-invalid-sub", edits: &[edit(Document::UserInfo, "sub", Change::Replace(r#""another-person""#))], };
    UserInfoNoSub = "userinfo-no-sub", Fault, "S-33", "OpenID Connect Core, section 5.3.2",
        "UserInfo does not say whose claims they are.", "The client uses nothing of the claims; the session stays.", { stage: Stage::UserInfo, reason: "sub_missing", edits: &[edit(Document::UserInfo, "sub", Change::Remove)], };
    UserInfoRepeated = "userinfo-repeated-member", Fault, "S-33", "RFC 8259, section 4",
        "UserInfo names its subject twice.", "The client uses nothing of the claims; the session stays.", { stage: Stage::UserInfo, reason: "duplicate_member", edits: &[edit(Document::UserInfo, "sub", Change::Repeat)], };
    UserInfoHtml = "userinfo-html", Fault, "S-33", "OpenID Connect Core, section 5.3.2",
        "UserInfo answers 200 with an HTML page.", "The client uses nothing of the claims; the session stays.", { stage: Stage::UserInfo, reason: "wrong_content_type", };
    RefreshSub = "refresh-other-sub", Fault, "S-29", "OpenID Connect Core, section 12.2",
        "The ID token of a refresh is about another person.", "The client ends the session.", { stage: Stage::Refresh, reason: "refresh_sub_changed", edits: &[edit(Document::RefreshedIdToken, "sub", Change::Replace(r#""another-person""#))], };
    RefreshIss = "refresh-wrong-iss", Fault, "S-29", "OpenID Connect Core, section 12.2",
        "The ID token of a refresh names another issuer.", "The client ends the session.", { stage: Stage::Refresh, reason: "iss_mismatch", edits: &[edit(Document::RefreshedIdToken, "iss", Change::Replace(r#""https://other-authorizer.example""#))], };
    RefreshNonce = "refresh-wrong-nonce", Fault, "S-29", "OpenID Connect Core, section 12.2",
        "The ID token of a refresh carries another nonce than the login.", "The client does not use the tokens.", { stage: Stage::Refresh, reason: "nonce_mismatch", edits: &[edit(Document::RefreshedIdToken, "nonce", Change::Set(r#""another-nonce""#))], };
    RefreshNoToken = "refresh-no-access-token", Fault, "S-29", "RFC 6749, section 5.1",
        "The answer to a refresh has no access token.", "The client does not use the tokens.", { stage: Stage::Refresh, reason: "missing_access_token", edits: &[edit(Document::RefreshResponse, "access_token", Change::Remove)], };
    RefreshGone = "refresh-invalid-grant", Fault, "S-27", "RFC 6749, section 5.2",
        "Every refresh token is refused.", "The client ends the session in every tab.", { stage: Stage::Refresh, reason: "invalid_grant", };
    MetadataIssuer = "metadata-wrong-issuer", Fault, "S-18", "RFC 8414, section 3.3",
        "The metadata names another issuer.", "The client begins no login.", { reason: "issuer_mismatch", module: "oidcc-client-test-discovery-issuer-mismatch", edits: &[edit(Document::Metadata, "issuer", Change::Replace(r#""https://other-authorizer.example""#))], };
    MetadataPlain = "metadata-plain-only", Fault, "S-18", "RFC 9700, section 2.1.1",
        "The metadata says that the authorizer does not know S256.", "The client begins no login.", { reason: "s256_not_supported", edits: &[edit(Document::Metadata, "code_challenge_methods_supported", Change::Replace(r#"["plain"]"#))], };
    MetadataHttp = "metadata-http-endpoint", Fault, "S-18", "RFC 8414, section 2",
        "The token endpoint of the metadata is not https.", "The client begins no login.", { reason: "endpoint_insecure", edits: &[edit(Document::Metadata, "token_endpoint", Change::Replace(r#""http://as.example/token""#))], };
    MetadataScript = "metadata-javascript-endpoint", Fault, "S-18", "RFC 8414, section 2",
        "The authorization endpoint of the metadata is a script.", "The client begins no login.", { reason: "endpoint_invalid", edits: &[edit(Document::Metadata, "authorization_endpoint", Change::Replace(r#""javascript:alert(1)""#))], };
    MetadataRepeated = "metadata-repeated-member", Fault, "S-18", "RFC 8259, section 4",
        "The metadata names its token endpoint twice.", "The client begins no login.", { reason: "duplicate_member", edits: &[edit(Document::Metadata, "token_endpoint", Change::Repeat)], };
    MetadataNoToken = "metadata-no-token-endpoint", Fault, "S-18", "RFC 8414, section 2",
        "The metadata has no token endpoint.", "The client begins no login.", { reason: "endpoint_missing", edits: &[edit(Document::Metadata, "token_endpoint", Change::Remove)], };
    MetadataNoCode = "metadata-no-code", Fault, "S-18", "RFC 8414, section 2",
        "The metadata says that the authorizer gives no codes.", "The client begins no login.", { reason: "code_not_supported", edits: &[edit(Document::Metadata, "response_types_supported", Change::Replace(r#"["token"]"#))], };
    MetadataHtml = "metadata-html", Fault, "S-18", "RFC 8414, section 3.2",
        "The address of the metadata answers 200 with an HTML page.", "The client begins no login.", { reason: "wrong_content_type", };
    MetadataSlow = "metadata-slow", Fault, "S-18", "RFC 8414, section 3.2",
        "The metadata comes after 30 seconds.", "The client begins no login.", { reason: "timed_out", };
    DpopDowngrade = "dpop-downgrade", Fault, "S-39", "RFC 9449, section 5",
        "A client that proves a key gets tokens that need no key.", "The client has no session.", { needs: Needs::Dpop, reason: "dpop_downgrade", };
    DpopNonceLoop = "dpop-nonce-loop", Fault, "S-38", "RFC 9449, section 8",
        "Every DPoP proof is refused for its nonce.", "The client tries again once.", { needs: Needs::Dpop, reason: "use_dpop_nonce", };
    DpopThumbprint = "dpop-other-key", Fault, "S-39", "RFC 9449, section 6",
        "The access token is bound to another key than the one that was proved.", "The client uses nothing of the claims; the session stays.", { needs: Needs::Dpop, stage: Stage::UserInfo, reason: "invalid_token", };
    LogoutState = "logout-state-lost", Fault, "S-36", "OpenID Connect RP-Initiated Logout 1.0, section 3",
        "The browser comes back from the sign-out with another state.", "The client does not take that for its own sign-out.", { stage: Stage::Logout, };
    LogoutNoReturn = "logout-no-return", Fault, "S-36", "OpenID Connect RP-Initiated Logout 1.0, section 2",
        "The browser does not come back from the sign-out.", "The client is signed out all the same.", { stage: Stage::Logout, };
    DpopNonceRequired = "dpop-nonce-required", Demand, "S-38", "RFC 9449, section 8",
        "A DPoP proof must carry a recent nonce of the server.", "The client sends the proof once more, with the nonce.", { needs: Needs::Dpop, };
    ParRequired = "par-required", Demand, "S-23", "RFC 9126, section 5",
        "The app must push its request first.", "The client pushes its request.", { edits: &[edit(Document::Metadata, "require_pushed_authorization_requests", Change::Set("true"))], };
    ClockAhead90 = "clock-90-seconds", Demand, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The clock of the authorizer is 90 seconds ahead.", "The client allows for it.", {};
    ClockAheadHour = "clock-1-hour", Demand, "S-32", "OpenID Connect Core, section 3.1.3.7",
        "The clock of the authorizer is an hour ahead.", "The client allows for it.", {};
    KidAbsent = "kid-absent", Demand, "S-32", "OpenID Connect Core, section 10.1",
        "The ID token does not name its key; the authorizer publishes one only.", "The client tries the key that fits, if there is one only.", { module: "oidcc-client-test-kid-absent-single-jwks", edits: &[edit(Document::IdTokenHeader, "kid", Change::Remove)], };
    Extras = "extras", Demand, "S-16", "RFC 6749, sections 4.1.2 and 5.1",
        "Answer, token response, ID token and metadata have members that no specification knows, and nulls.", "The client ignores them.", { edits: &[edit(Document::Answer, "session_state", Change::Set("of-no-use")), edit(Document::TokenResponse, "x_extra", Change::Set("null")), edit(Document::TokenResponse, "error", Change::Set("null")), edit(Document::IdToken, "x_extra", Change::Set(r#"[{"a":null}]"#)), edit(Document::Metadata, "x_extra", Change::Set(r#"{"b":[1,2]}"#))], };
    NoScopeInResponse = "no-scope", Demand, "S-24", "RFC 6749, section 5.1",
        "The token response does not repeat the granted scope.", "The client takes the scope that it asked for.", { edits: &[edit(Document::TokenResponse, "scope", Change::Remove)], };
}
