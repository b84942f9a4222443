//! Nothing secret in any `Debug` or `Display`: what is printed ends in a log, a trace or a bug report.
#![cfg(test)]

mod support;

use std::fmt::{Debug, Display};

use pkce_login::client::ports::{HttpRequest, HttpResponse};
use pkce_login::client::{BeginOptions, Finished, LoginError};
use pkce_login::protocol::authorization_request::{AuthorizationRequest, Interaction, RequestOptions};
use pkce_login::protocol::authorization_response::{CallbackParams, Judged};
use pkce_login::protocol::id_token::{IdTokenExpectations, OriginalClaims};
use pkce_login::protocol::metadata::ServerMetadata;
use pkce_login::protocol::pkce::CodeVerifier;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use pkce_login::protocol::secret::{
    AccessToken, AuthorizationCode, DpopNonce, IdTokenText, Nonce, RefreshToken, State,
};
use pkce_login::protocol::token_request::{TokenRequest, TokenTypeHint};
use pkce_login::protocol::token_response::{DpopMode, Grant, RawTokenResponse, TokenContext, TokenError, TokenSet};
use pkce_login::protocol::userinfo::UserInfo;
use serde_json::json;

use support::built_in::{BuiltIn, Person, config};
use support::executor::block_on;
use support::provider::{CLIENT_ID, ISSUER, Provider, REDIRECT_URI};
use support::world::{START, Server as _, World};

/// What must never be seen. Long enough that none turns up by chance, and none is part of another.
const CODE: &str = "MARKER-code-7f3a";
const ACCESS: &str = "MARKER-access-91bc";
const REFRESH: &str = "MARKER-refresh-2d4e";
const ID_TOKEN: &str = "MARKER-id-token-c05f";
const STATE: &str = "MARKER-state-66aa";
const NONCE: &str = "MARKER-nonce-18d9";
const VERIFIER: &str = "MARKER-verifier-0123456789-0123456789-0123456789";
const CLAIM: &str = "MARKER-claim-5e07";

/// Collects what is printed.
#[derive(Default)]
struct Printed(Vec<String>);

impl Printed {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push(format!("{value:?}"));
        self.0.push(format!("{value:#?}"));
    }

    fn both(&mut self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.0.push(value.to_string());
    }

    #[track_caller]
    fn hides(&self, secrets: &[&str]) {
        for text in &self.0 {
            let octets = |secret: &str| format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned();
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is printed: {text}");
                assert!(!text.contains(&octets(secret)), "{secret} is printed as octets: {text}");
            }
        }
    }
}

const ALL: [&str; 8] = [CODE, ACCESS, REFRESH, ID_TOKEN, STATE, NONCE, VERIFIER, CLAIM];

fn server() -> ServerMetadata {
    ServerMetadata::from_json(ISSUER, &Provider::new().metadata.to_string()).unwrap()
}

#[test]
fn secrets_print_only_their_names() {
    let mut printed = Printed::default();
    printed.debug(&AuthorizationCode::new(CODE));
    printed.debug(&AccessToken::new(ACCESS));
    printed.debug(&RefreshToken::new(REFRESH));
    printed.debug(&IdTokenText::new(ID_TOKEN));
    printed.debug(&State::new(STATE));
    printed.debug(&Nonce::new(NONCE));
    printed.debug(&DpopNonce::new(NONCE));
    printed.debug(&CodeVerifier::parse(VERIFIER).unwrap());
    printed.hides(&ALL);
}

#[test]
fn a_login_prints_none_of_its_secrets_at_any_stage() {
    let mut printed = Printed::default();
    let server = server();
    let scope = Scope::parse("openid");
    let request = AuthorizationRequest {
        server: &server,
        client_id: CLIENT_ID,
        redirect_uri: REDIRECT_URI,
        scope: &scope,
        response_mode: ResponseMode::Query,
        options: &RequestOptions::default(),
        return_to: "/",
        interaction: Interaction::Redirect,
        dpop_jkt: None,
    };
    printed.debug(&request);
    let started = request.start(&[7; 96], START).unwrap();
    printed.debug(&started);
    printed.debug(&started.pending);
    let made = [
        started.pending.verifier.expose().to_owned(),
        started.pending.state.expose().to_owned(),
        started.pending.nonce.as_ref().unwrap().expose().to_owned(),
    ];

    let answer = format!("{REDIRECT_URI}?code={CODE}&state={}&iss={ISSUER}", started.pending.state.expose());
    let params = CallbackParams::read(&answer, None, REDIRECT_URI).unwrap();
    printed.debug(&params);
    let judged = params.judge(started.pending, START).unwrap();
    printed.debug(&judged);
    let Judged::Code(accepted) = judged else { panic!("a code") };
    let (request, expected) = accepted.into_token_request();
    printed.debug(&request);
    printed.debug(&expected);
    assert!(request.expose_body().contains(CODE));

    printed.hides(&ALL);
    printed.hides(&made.each_ref().map(String::as_str));
}

#[test]
fn an_answer_prints_only_the_names_in_it() {
    let mut printed = Printed::default();
    let answer = format!("{REDIRECT_URI}?code={CODE}&state={STATE}&error={CLAIM}&code={ACCESS}&id_token={ID_TOKEN}");
    let params = CallbackParams::read(&answer, None, REDIRECT_URI).unwrap();
    printed.debug(&params);
    printed.both(&LoginError::from(params.state().unwrap_err()));
    printed.hides(&ALL);
}

#[test]
fn tokens_print_only_what_is_known_of_them() {
    let mut printed = Printed::default();
    let body = json!({
        "access_token": ACCESS, "refresh_token": REFRESH, "id_token": ID_TOKEN, "token_type": "Bearer",
        "expires_in": 60, "unknown_member": CLAIM,
    })
    .to_string();
    let raw = RawTokenResponse {
        status: 200,
        content_type: Some("application/json"),
        dpop_nonce: Some(NONCE),
        body: body.as_bytes(),
    };
    let scope = Scope::parse("openid");
    let context =
        TokenContext { grant: Grant::AuthorizationCode, requested_scope: &scope, openid: true, dpop: DpopMode::Off };
    printed.debug(&raw);
    printed.debug(&context);
    printed.debug(&TokenSet::judge(raw, context).unwrap());
    let cut_off = RawTokenResponse { body: &body.as_bytes()[..body.len() - 1], ..raw };
    printed.debug(&TokenSet::judge(cut_off, context).unwrap_err());

    let server = server();
    printed.debug(&TokenRequest::refresh(&server, CLIENT_ID, &RefreshToken::new(REFRESH)));
    let hints = [TokenTypeHint::AccessToken, TokenTypeHint::RefreshToken];
    printed.debug(&hints.map(|hint| TokenRequest::revocation(&server, CLIENT_ID, REFRESH, hint)));
    printed.hides(&ALL);
}

#[test]
fn the_nonce_of_a_proof_is_not_printed() {
    let mut printed = Printed::default();
    printed.both(&LoginError::Token(pkce_login::client::Phase::Token, TokenError::UseDpopNonce(DpopNonce::new(NONCE))));
    printed.hides(&ALL);
}

#[test]
fn claims_about_a_person_are_not_printed() {
    let mut printed = Printed::default();
    let nonce = Nonce::new(NONCE);
    let access_token = AccessToken::new(ACCESS);
    let original = OriginalClaims { sub: "ada", auth_time: None, nonce: Some(&nonce) };
    printed.debug(&original);
    printed.debug(&IdTokenExpectations {
        issuer: ISSUER,
        client_id: CLIENT_ID,
        trusted_audiences: &[],
        nonce: Some(&nonce),
        access_token: Some(&access_token),
        now: START,
        tolerance: 30,
        max_iat_age: None,
        skew: None,
        max_age: None,
        original: Some(original),
    });
    let body = json!({ "sub": "ada", "email": CLAIM }).to_string();
    printed.debug(&UserInfo::judge(200, Some("application/json"), body.as_bytes(), "ada").unwrap());
    printed.debug(&UserInfo::judge(200, Some("application/json"), body.as_bytes(), "grace").unwrap_err());
    printed.hides(&ALL);
}

#[test]
fn requests_and_responses_print_neither_tokens_nor_bodies() {
    let mut printed = Printed::default();
    let url = format!("{ISSUER}/token");
    printed.debug(
        &HttpRequest::get(format!("{url}?person={CLAIM}")).with_header("Authorization", format!("DPoP {ACCESS}")),
    );
    printed.debug(&HttpRequest::form(url, format!("code={CODE}&code_verifier={VERIFIER}")));
    let body = format!("{{\"access_token\":\"{ACCESS}\"}}").into_bytes();
    printed.debug(&HttpResponse { status: 200, dpop_nonce: Some(NONCE.to_owned()), body, ..HttpResponse::default() });
    printed.hides(&ALL);
}

#[test]
fn a_session_prints_none_of_its_tokens() {
    let mut printed = Printed::default();
    let world = World::new(Provider::new());
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| tokens["refresh_token"] = REFRESH.into());
    world.server.borrow_mut().edit_id_token = Box::new(|_, claims| claims["email"] = CLAIM.into());
    let tab = world.tab();
    let config = pkce_login::client::ClientConfig::new(ISSUER, CLIENT_ID, REDIRECT_URI);
    printed.debug(&config);
    let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
    let answer = world.server.borrow_mut().authorize_with_code(&started.url, CODE);
    let finished = block_on(tab.page(&config).finish(&answer.url(), None)).unwrap();
    let Finished::SignedIn(session) = finished else { panic!("somebody is signed in") };
    printed.debug(&session);
    printed.debug(&session.id_token());
    printed.debug(&block_on(session.access_token()).unwrap());
    printed.debug(&session.sign_out_url("https://app.example/").unwrap().unwrap().1);
    let form = world.token_requests().remove(0);
    printed.hides(&ALL);
    printed.hides(&["access-1", "eyJ", &form.form("code_verifier").unwrap()]);
}

#[test]
fn every_error_prints_without_what_came_from_outside() {
    let mut printed = Printed::default();
    let mut provider = Provider::new();
    provider.edit_tokens = Box::new(|tokens| tokens["access_token"] = format!("{ACCESS} ").into());
    let world = World::new(provider);
    let tab = world.tab();
    let config = pkce_login::client::ClientConfig::new(ISSUER, CLIENT_ID, REDIRECT_URI);
    let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
    let answer = world.server.borrow_mut().authorize_with_code(&started.url, CODE);
    for answer in [answer.clone().changed("state", STATE), answer] {
        printed.both(&block_on(tab.page(&config).finish(&answer.url(), None)).err().unwrap());
    }
    printed.hides(&ALL);
}

#[test]
fn the_authorizer_prints_nothing_that_it_received_or_issued() {
    let world = World::new(BuiltIn::new(1));
    world.server.borrow_mut().printed = Some(Vec::new());
    let tab = world.tab();
    let config = config("");
    let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
    let arrival = world.server.borrow_mut().visit(&started.url, Person::SignsInAs("ada"), START).unwrap();
    let finished = block_on(tab.page(&config).finish(&arrival.url, None)).unwrap();
    let Finished::SignedIn(session) = finished else { panic!("somebody is signed in") };
    let first = block_on(session.access_token()).unwrap().1;
    block_on(session.userinfo()).unwrap();
    block_on(session.refresh()).unwrap();
    // A refusal too: the code again.
    let request = world.token_requests().remove(0);
    assert_eq!(world.server.borrow_mut().answer(&request, START).unwrap().status, 400);
    let refresh = world.token_requests()[1].form("refresh_token").unwrap();
    block_on(session.revoke()).unwrap();

    let printed = Printed(world.server.borrow_mut().printed.take().unwrap());
    assert!(printed.0.iter().any(|text| text.contains("Sign(")) && printed.0.len() > 12);
    printed.hides(&[
        &request.form("code").unwrap(),
        &request.form("code_verifier").unwrap(),
        started.pending.state.expose(),
        started.pending.nonce.as_ref().unwrap().expose(),
        first.expose(),
        &refresh,
        "eyJ",
    ]);
}
