//! A second client in the tab, at an authorizer that lies: what an answer to its request, or to the first client's, may
//! never lead to, wherever that answer arrives (RFC 9700, section 4.4).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use pkce_login::client::ports::HttpResponse;
use pkce_login::client::{BeginOptions, ClientConfig, Finished};
use pkce_login::protocol::authorization_request::StartedLogin;
use pkce_login::protocol::form::Form;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use serde_json::json;

use crate::support::built_in::{Arrival, BuiltIn, Person};
use crate::support::provider::json_response;
use crate::support::random::Random;
use crate::support::tab::Tab;
use crate::support::world::{Sent, World};

const ISSUER: &str = "https://liar.example";
const REDIRECT_URI: &str = "https://app.example/liar.html";
const CLIENT_ID: &str = "client-of-the-liar";

/// What became of the lies, by kind.
pub(crate) type Lies = RefCell<BTreeMap<&'static str, usize>>;

/// The liar's token endpoint takes every code, and gives tokens for it.
pub(crate) fn answer(sent: &Sent) -> Option<HttpResponse> {
    sent.url.strip_prefix(ISSUER)?;
    Some(json_response(200, &json!({ "access_token": "of-the-liar", "token_type": "Bearer" })))
}

/// A client of the same app at the liar. It asks for no ID token, so that nothing but the answer itself can give it away.
fn config(response_mode: ResponseMode) -> ClientConfig {
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"), "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    });
    ClientConfig {
        metadata: Some(metadata.to_string()),
        scope: Scope::parse("profile"),
        response_mode,
        ..ClientConfig::new(ISSUER, CLIENT_ID, REDIRECT_URI)
    }
}

/// A plain answer as the liar writes it.
fn plain(mode: ResponseMode, redirect_uri: &str, code: &str, state: &str, iss: Option<&str>) -> Arrival {
    let form = Form::new().with("code", code).with("state", state);
    let form = match iss {
        Some(iss) => form.with("iss", iss),
        None => form,
    };
    let text = form.finish();
    match mode.component() {
        ResponseMode::FormPost => Arrival { url: redirect_uri.to_owned(), form_body: Some(text) },
        ResponseMode::Fragment => Arrival { url: format!("{redirect_uri}#{text}"), form_body: None },
        _ => Arrival { url: format!("{redirect_uri}?{text}"), form_body: None },
    }
}

/// The same answer from an authorizer that does not name itself.
fn without_issuer(arrival: Arrival) -> Arrival {
    let without = |text: String| match text.split_once("&iss=") {
        Some((before, rest)) => match rest.split_once('&') {
            Some((_, after)) => format!("{before}&{after}"),
            None => before.to_owned(),
        },
        None => text,
    };
    Arrival { url: without(arrival.url), form_body: arrival.form_body.map(without) }
}

/// While the honest client has a login under way in this tab, a person begins one at the liar, or the liar has learnt
/// of the honest one. Both clients look at what comes of it, one after the other.
pub(crate) async fn lies(
    tab: &Rc<Tab<BuiltIn>>,
    honest: &ClientConfig,
    under_way: &StartedLogin,
    random: &mut Random,
    told: &Lies,
) {
    let kind = ["relayed", "own answer elsewhere", "own answer", "honest answer elsewhere"][random.below(4)];
    let mode = if kind == "relayed" { honest.response_mode } else { honest.response_mode.component() };
    let liar = config(mode);
    // Storage that fails just then ends this attempt; the login that is under way is looked at by the caller.
    let Ok(started) = tab.page(&liar).begin(&BeginOptions::default()).await else { return };
    let state = started.pending.state.expose();
    let iss = [None, Some(ISSUER), Some(honest.issuer.as_str())][random.below(3)];
    let arrival = match kind {
        // The liar sends the person on to the honest authorizer, with what it was given for itself.
        "relayed" => {
            let endpoint = format!("{}/authorize", honest.issuer);
            let url = started.url.replace(&format!("{ISSUER}/authorize"), &endpoint);
            let url = url.replace(CLIENT_ID, &honest.client_id).replace("liar.html", "callback.html");
            let now = tab.world.now.get();
            let visited = tab.world.server.borrow_mut().visit(&url, Person::SignsInAs("ada"), now);
            // An authorizer that takes pushed requests only does not take this one.
            let Ok(arrival) = visited else { return };
            if random.one_in(2) { without_issuer(arrival) } else { arrival }
        }
        "own answer elsewhere" => plain(mode, &honest.redirect_uri, &format!("lie-{state}"), state, iss),
        "own answer" => plain(mode, REDIRECT_URI, &format!("own-{state}"), state, iss.filter(|iss| *iss == ISSUER)),
        _ => {
            let state = under_way.pending.state.expose();
            plain(mode, REDIRECT_URI, &format!("lie-{state}"), state, iss)
        }
    };
    *told.borrow_mut().entry(kind).or_default() += 1;
    let clients = if random.one_in(2) { [honest, &liar] } else { [&liar, honest] };
    for client in clients {
        let found = tab.page(client).finish(&arrival.url, arrival.form_body.as_deref()).await;
        if let Ok(Finished::SignedIn(session)) = found {
            assert!(kind == "own answer" && client.issuer == ISSUER, "{kind}: signed in at {}", client.issuer);
            assert!(session.id_token().is_none());
        }
    }
}

/// The liar learns no code but those that it made itself, and nobody else is asked for tokens for one of its codes.
pub(crate) fn learns_nothing(world: &World<BuiltIn>) {
    for sent in world.token_requests() {
        let code = sent.form("code").unwrap_or_default();
        assert_eq!(sent.url.starts_with(ISSUER), code.starts_with("own-"), "{} got another's code", sent.url);
        assert!(!code.starts_with("lie-"), "a code that arrived at a wrong address was sent");
    }
}
