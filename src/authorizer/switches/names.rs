//! The names of the switches in code.

/// One named misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Switch {
    #[doc = "A request without a hash is accepted, and its code needs no secret."]
    PkceOptional,
    #[doc = "The hash may be the secret itself (method plain)."]
    PlainAccepted,
    #[doc = "Any secret is accepted; it is not compared with the hash."]
    VerifierNotCompared,
    #[doc = "A code of a request with a hash is exchanged without a secret."]
    PkceDowngrade,
    #[doc = "A code can be exchanged repeatedly until it expires."]
    CodeReusable,
    #[doc = "A code can be exchanged by another client."]
    CodeOfAnyClient,
    #[doc = "The exchange may name another redirect URI than the request."]
    CodeAtAnyRedirectUri,
    #[doc = "A redirect URI that begins with a registered one is accepted."]
    RedirectUriByPrefix,
    #[doc = "Any address of a registered origin is accepted as redirect URI."]
    RedirectUriByOrigin,
    #[doc = "The port of a redirect URI is not compared."]
    RedirectUriAnyPort,
    #[doc = "No answer names its authorizer, and the metadata does not promise it."]
    IssNotSent,
    #[doc = "A request for a token in the address is answered."]
    ImplicitAllowed,
    #[doc = "A refresh token stays the same at every use."]
    RefreshNotRotated,
    #[doc = "A refresh token that was replaced still works."]
    RefreshReuseTolerated,
    #[doc = "A refresh token can be used by another client."]
    RefreshOfAnyClient,
    #[doc = "The person is not asked what the app may do."]
    ConsentSkipped,
    #[doc = "UserInfo accepts an access token in its address."]
    TokenInQuery,
    #[doc = "Any page may show the sign-in page in a frame."]
    FramingAllowed,
    #[doc = "A token that is bound to a key works without a proof."]
    DpopNotEnforced,
    #[doc = "A pushed request can be used by another client, and repeatedly."]
    ParNotBound,
    #[doc = "The answer carries another state than the request."]
    WrongState,
    #[doc = "The answer carries no state."]
    NoState,
    #[doc = "The answer carries the state twice."]
    RepeatedState,
    #[doc = "The answer names another authorizer."]
    WrongIss,
    #[doc = "The answer names no authorizer, although the metadata promises it."]
    NoIss,
    #[doc = "The answer names its authorizer twice."]
    RepeatedIss,
    #[doc = "The answer carries two codes."]
    RepeatedCode,
    #[doc = "The answer carries neither a code nor an error."]
    NoCode,
    #[doc = "The answer carries a code and an error."]
    CodeAndError,
    #[doc = "The answer carries an access token that was not requested."]
    TokenInAnswer,
    #[doc = "The answer stands in the fragment in place of the query, or in the query in place of the fragment."]
    WrongComponent,
    #[doc = "The answer goes to another address below the redirect URI."]
    WrongRedirectUri,
    #[doc = "The answer belongs to no request: a code of another person, with a state of its own."]
    Unsolicited,
    #[doc = "The signed answer names another issuer."]
    JarmWrongIss,
    #[doc = "The signed answer is for another client."]
    JarmWrongAud,
    #[doc = "The signed answer has expired."]
    JarmExpired,
    #[doc = "The signed answer has no expiry."]
    JarmNoExp,
    #[doc = "The signature of the signed answer is wrong."]
    JarmBadSignature,
    #[doc = "The answer is not signed, although the client asked for it."]
    JarmPlain,
    #[doc = "The token endpoint answers 200 with an HTML page."]
    HtmlToken,
    #[doc = "The token endpoint answers 500."]
    ServerError,
    #[doc = "The token endpoint answers 429."]
    TooManyRequests,
    #[doc = "The token endpoint redirects the request to another address."]
    TokenRedirect,
    #[doc = "The token endpoint answers after 30 seconds."]
    TokenSlow,
    #[doc = "The token endpoint spends the code, and its answer is lost."]
    TokenLost,
    #[doc = "No page may read the token, userinfo and revocation responses."]
    NoCors,
    #[doc = "The token response has two million octets."]
    TokenHuge,
    #[doc = "The token response says that it is plain text."]
    TokenMediaType,
    #[doc = "The token endpoint refuses with status 200."]
    ErrorInSuccess,
    #[doc = "The token response is cut off."]
    TokenNotJson,
    #[doc = "The token response is a list."]
    TokenArray,
    #[doc = "The token response names its access token twice."]
    RepeatedMember,
    #[doc = "The token response has no access token."]
    NoAccessToken,
    #[doc = "The access token is null."]
    AccessTokenNull,
    #[doc = "The access token is a number."]
    AccessTokenNumber,
    #[doc = "The token response has no token type."]
    NoTokenType,
    #[doc = "The token type is unknown."]
    TokenTypeUnknown,
    #[doc = "The token type is a number."]
    TokenTypeNumber,
    #[doc = "The lifetime of the access token is a word."]
    ExpiresInText,
    #[doc = "The refresh token is a number."]
    RefreshTokenNumber,
    #[doc = "The granted scope is a number."]
    ScopeNumber,
    #[doc = "The token response has no ID token."]
    NoIdToken,
    #[doc = "The ID token is a number."]
    IdTokenNumber,
    #[doc = "The ID token names another issuer."]
    IdTokenIss,
    #[doc = "The ID token is for another client."]
    IdTokenAud,
    #[doc = "The ID token names no client."]
    IdTokenNoAud,
    #[doc = "The ID token is also for a client that this one does not trust."]
    IdTokenMoreAud,
    #[doc = "The ID token was issued to another client."]
    IdTokenAzp,
    #[doc = "The ID token has no nonce."]
    IdTokenNoNonce,
    #[doc = "The ID token carries another nonce than the request."]
    WrongNonce,
    #[doc = "The ID token has expired."]
    IdTokenExpired,
    #[doc = "The ID token has no expiry."]
    IdTokenNoExp,
    #[doc = "The expiry of the ID token is a word."]
    IdTokenExpText,
    #[doc = "The ID token does not say when it was issued."]
    IdTokenNoIat,
    #[doc = "The ID token was issued in the year 2100."]
    IdTokenFuture,
    #[doc = "The ID token does not say who signed in."]
    IdTokenNoSub,
    #[doc = "The subject of the ID token is a number."]
    IdTokenSubNumber,
    #[doc = "The ID token belongs to another access token."]
    IdTokenAtHash,
    #[doc = "The ID token says that it is not signed."]
    IdTokenAlgNone,
    #[doc = "The ID token says that it is signed with a shared secret."]
    IdTokenAlgHs256,
    #[doc = "The ID token names a key that the authorizer does not publish."]
    IdTokenKid,
    #[doc = "The ID token says that it is an access token."]
    IdTokenTyp,
    #[doc = "The ID token demands an extension."]
    IdTokenCrit,
    #[doc = "The signature of the ID token is wrong."]
    BadSignature,
    #[doc = "The published key is not the one that signs."]
    OtherKey,
    #[doc = "UserInfo answers with claims of another person."]
    UserInfoSub,
    #[doc = "UserInfo does not say whose claims they are."]
    UserInfoNoSub,
    #[doc = "UserInfo names its subject twice."]
    UserInfoRepeated,
    #[doc = "UserInfo answers 200 with an HTML page."]
    UserInfoHtml,
    #[doc = "The ID token of a refresh is about another person."]
    RefreshSub,
    #[doc = "The ID token of a refresh names another issuer."]
    RefreshIss,
    #[doc = "The ID token of a refresh carries another nonce than the login."]
    RefreshNonce,
    #[doc = "The answer to a refresh has no access token."]
    RefreshNoToken,
    #[doc = "Every refresh token is refused."]
    RefreshGone,
    #[doc = "The metadata names another issuer."]
    MetadataIssuer,
    #[doc = "The metadata says that the authorizer does not know S256."]
    MetadataPlain,
    #[doc = "The token endpoint of the metadata is not https."]
    MetadataHttp,
    #[doc = "The authorization endpoint of the metadata is a script."]
    MetadataScript,
    #[doc = "The metadata names its token endpoint twice."]
    MetadataRepeated,
    #[doc = "The metadata has no token endpoint."]
    MetadataNoToken,
    #[doc = "The metadata says that the authorizer gives no codes."]
    MetadataNoCode,
    #[doc = "The address of the metadata answers 200 with an HTML page."]
    MetadataHtml,
    #[doc = "The metadata comes after 30 seconds."]
    MetadataSlow,
    #[doc = "A client that proves a key gets tokens that need no key."]
    DpopDowngrade,
    #[doc = "Every DPoP proof is refused for its nonce."]
    DpopNonceLoop,
    #[doc = "The access token is bound to another key than the one that was proved."]
    DpopThumbprint,
    #[doc = "The browser comes back from the sign-out with another state."]
    LogoutState,
    #[doc = "The browser does not come back from the sign-out."]
    LogoutNoReturn,
    #[doc = "A DPoP proof must carry a recent nonce of the server."]
    DpopNonceRequired,
    #[doc = "The app must push its request first."]
    ParRequired,
    #[doc = "The clock of the authorizer is 90 seconds ahead."]
    ClockAhead90,
    #[doc = "The clock of the authorizer is an hour ahead."]
    ClockAheadHour,
    #[doc = "The ID token does not name its key; the authorizer publishes one only."]
    KidAbsent,
    #[doc = "Answer, token response, ID token and metadata have members that no specification knows, and nulls."]
    Extras,
    #[doc = "The token response does not repeat the granted scope."]
    NoScopeInResponse,
}
