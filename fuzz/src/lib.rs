//! What the fuzz targets share: how an input is cut up, and second readers to compare the project's own with.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkce_login::protocol::metadata::ServerMetadata;
use pkce_login::protocol::pending_login::PendingLogin;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::url::AbsoluteUrl;
use serde_json::Value;
use url::{Host, Url};

/// What the vectors use, so that they are good seeds.
pub const ISSUER: &str = "https://as.example.com";
/// The client identifier of the vectors.
pub const CLIENT_ID: &str = "spa-client-1";
/// The state of the vectors.
pub const STATE: &str = "Zk3JtV9qEw0xS7cYbR2uN5hD8mPfQ1aL4oGiT6vXyHs";
/// The clock of the vectors, in seconds since the epoch.
pub const NOW: i64 = 1_795_348_800;
/// Seconds by which clocks may differ.
pub const TOLERANCE: i64 = 30;

/// Where answers arrive.
pub const REDIRECT_URI: &str = "https://app.example/callback";

static PENDING_LOGIN: LazyLock<PendingLogin> = LazyLock::new(|| {
    let record = serde_json::json!({
        "server": {
            "issuer": ISSUER,
            "authorization_endpoint": "https://as.example.com/authorize",
            "token_endpoint": "https://as.example.com/token",
        },
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "response_mode": "query",
        "state": STATE,
        "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "started_at": NOW,
        "return_to": "/",
    });
    PendingLogin::from_record(&record.to_string()).unwrap()
});

/// A login that waits for its answer.
pub fn pending_login(redirect_uri: &str, response_mode: ResponseMode, iss_required: bool) -> PendingLogin {
    let mut pending = PENDING_LOGIN.clone();
    redirect_uri.clone_into(&mut pending.redirect_uri);
    pending.response_mode = response_mode;
    pending.server.iss_parameter_supported = iss_required;
    pending
}

/// A signed token out of an input of three lines: header, payload, key set. The platform that would check the
/// signature is not part of the game.
pub struct Token<'a> {
    /// Header, payload and a signature, as they travel.
    pub compact: String,
    /// The payload as it is before it travels.
    pub payload: &'a str,
    /// The key set.
    pub keys: &'a str,
}

impl<'a> Token<'a> {
    /// `None` if the input does not have three lines.
    pub fn from_lines(input: &'a str) -> Option<Self> {
        let (header, rest) = input.split_once('\n')?;
        let (payload, keys) = rest.split_once('\n')?;
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Some(Self { compact: format!("{}.{}.c2ln", encode(header), encode(payload)), payload, keys })
    }
}

/// The document as another reader has it; `None` where that one has limits which the project's does not have.
///
/// # Panics
/// If the other reader refuses it for another reason.
pub fn second_reader(text: &str) -> Option<Value> {
    match serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(value) => Some(value),
        Err(error) => {
            let words = error.to_string();
            let limit = ["recursion limit exceeded", "number out of range"].iter().any(|known| words.contains(known));
            assert!(limit, "only one of two readers takes it: {words}");
            None
        }
    }
}

/// The texts of a claim that is one text or a list of them.
pub fn one_or_many(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().map(|one| one.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

/// A browser must not be led elsewhere, nor in the clear, by an address that was taken for a safe one.
///
/// # Panics
/// If it would be.
pub fn assert_safe_address(text: &str) {
    let ours = AbsoluteUrl::parse(text).unwrap();
    // What a browser refuses leads nowhere.
    let Ok(theirs) = Url::parse(text) else { return };
    assert!(theirs.username().is_empty() && theirs.password().is_none());
    match (theirs.scheme(), theirs.host().unwrap()) {
        ("https", Host::Domain(name)) => assert_eq!(name, ours.host().to_ascii_lowercase()),
        ("https", _) => {}
        ("http", Host::Domain(name)) => assert!(name == "localhost" || name.ends_with(".localhost")),
        ("http", Host::Ipv4(address)) => assert!(address.is_loopback()),
        ("http", Host::Ipv6(address)) => assert!(address.is_loopback()),
        (scheme, _) => panic!("a browser sees {scheme}"),
    }
    let default = if ours.scheme == "https" { 443 } else { 80 };
    assert_eq!(theirs.port_or_known_default(), Some(ours.port().map_or(default, |port| port.parse().unwrap())));
    assert_eq!(theirs.query().is_some(), ours.query.is_some());
    assert_eq!(theirs.fragment().is_some(), ours.fragment.is_some());
}

/// Every address of a description must be a safe one, and its record must say the same as it does.
///
/// # Panics
/// If not.
pub fn assert_sound(server: &ServerMetadata) {
    let optional =
        [&server.jwks_uri, &server.userinfo_endpoint, &server.revocation_endpoint, &server.end_session_endpoint];
    let required = [&server.authorization_endpoint, &server.token_endpoint];
    required.into_iter().chain(optional.into_iter().flatten()).for_each(|address| assert_safe_address(address));
    assert_eq!(ServerMetadata::from_json(&server.issuer, &server.to_json()).as_ref(), Ok(server));
}
