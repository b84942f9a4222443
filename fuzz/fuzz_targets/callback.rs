//! An address that comes to the callback page, and on further lines the body of a form post.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::authorization_response::{CallbackParams, Judged};
use pkce_login::protocol::form;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scrub::is_response_parameter;
use pkce_login_fuzz::{ISSUER, NOW, REDIRECT_URI, STATE, pending_login};

const REDIRECT_URIS: [&str; 2] = [REDIRECT_URI, "https://app.example/callback?tenant=a%20b"];

fuzz_target!(|input: &str| {
    let (address, body) = match input.split_once('\n') {
        Some((address, body)) => (address, Some(body)),
        None => (input, None),
    };
    for redirect_uri in REDIRECT_URIS {
        for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
            for iss_required in [false, true] {
                check(address, body, redirect_uri, mode, iss_required);
            }
        }
    }
});

fn check(address: &str, body: Option<&str>, redirect_uri: &str, mode: ResponseMode, iss_required: bool) {
    let Ok(params) = CallbackParams::read(address, body, redirect_uri) else { return };
    if let Ok(Some(document)) = params.signed_document() {
        assert!(!document.is_empty());
        assert!(params.state().is_err(), "nothing of a signed answer is read before it is checked");
    }
    let looked_up = params.state().is_ok();
    let judged = params.judge(pending_login(redirect_uri, mode, iss_required), NOW);
    assert!(looked_up || judged.is_err());
    let Ok(judged) = judged else { return };

    let (before_fragment, fragment) = address.split_once('#').unwrap_or((address, ""));
    let query = before_fragment.split_once('?').map_or("", |(_, query)| query);
    let component = match mode {
        ResponseMode::Query => query,
        ResponseMode::Fragment => fragment,
        ResponseMode::FormPost => body.unwrap(),
        signed => panic!("{} was not asked for", signed.name()),
    };
    let pairs: Vec<_> = form_urlencoded::parse(component.as_bytes()).collect();
    let values = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_ref()).collect()
    };
    for (name, _) in pairs.iter().filter(|(name, _)| is_response_parameter(name)) {
        assert_eq!(values(name).len(), 1, "{name} stands twice");
    }
    assert_eq!(values("state"), [STATE]);
    match values("iss")[..] {
        [] | [""] => assert!(!iss_required),
        [iss] => assert_eq!(iss, ISSUER),
        _ => unreachable!(),
    }
    match judged {
        Judged::Code(accepted) => {
            assert!(values("error").concat().is_empty());
            let (request, _) = accepted.into_token_request();
            let sent = form::Params::parse(request.expose_body());
            assert_eq!(values("code"), [sent.get("code").unwrap()]);
        }
        Judged::Refused(refused) => {
            assert!(values("code").concat().is_empty());
            assert_eq!(values("error"), [refused.error.error]);
        }
        #[allow(unreachable_patterns, reason = "an answer may one day be of a third kind")]
        _ => {}
    }
}
