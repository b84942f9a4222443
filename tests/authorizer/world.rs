//! One authorizer with its clock, its seeded entropy and its key, and a person at a browser in front of it.

use std::collections::BTreeMap;

use pkce_login::authorizer::{
    Authorizer, ClientRegistration, Config, Env, KeyRing, RefreshTokens, Reply, Request, Response,
};
use pkce_login::protocol::base64url;
use pkce_login::protocol::form::{Form, Params};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login::protocol::pkce::CodeVerifier;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use serde_json::Value;

pub(crate) const APP: &str = "https://app.example/";
pub(crate) const ISSUER: &str = "https://app.example/authorizer";
pub(crate) const CLIENT: &str = "pkce-login-demo";
pub(crate) const REDIRECT_URI: &str = "https://app.example/callback.html";
/// A second app, of another origin, that gets refresh tokens only with `offline_access`.
pub(crate) const OTHER_CLIENT: &str = "other";
pub(crate) const OTHER_REDIRECT_URI: &str = "https://other.example/cb?tenant=a";
pub(crate) const NOW: i64 = 1_795_348_800;

pub(crate) struct World {
    pub(crate) authorizer: Authorizer,
    pub(crate) config: Config,
    pub(crate) now: i64,
    /// What a worker would have on disk.
    pub(crate) records: BTreeMap<String, String>,
    /// Every refusal so far, as `S-nn endpoint: why`.
    pub(crate) log: Vec<String>,
    /// What the browser sends as `Cookie`. It has one cookie at most.
    pub(crate) cookie: Option<String>,
    issuer: String,
    seed: u64,
    keys: KeyRing<Key>,
}

/// An ES256 key pair, and its public half.
pub(crate) struct Key {
    pub(crate) pair: EcdsaKeyPair,
    pub(crate) jwk: Jwk,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_config(config())
    }

    /// The same authorizer, its issuer with switches.
    pub(crate) fn misbehaving(switches: &str) -> Self {
        let mut world = Self::new();
        world.issuer = format!("{ISSUER}/~{switches}");
        world
    }

    pub(crate) fn with_config(config: Config) -> Self {
        let keys = KeyRing { previous: None, current: new_key(), next: new_key(), since: NOW };
        Self {
            authorizer: Authorizer::new(config.clone(), []),
            config,
            now: NOW,
            records: BTreeMap::new(),
            log: Vec::new(),
            cookie: None,
            issuer: ISSUER.to_owned(),
            seed: 1,
            keys,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn set_issuer(&mut self, issuer: &str) {
        self.issuer = issuer.to_owned();
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.issuer)
    }

    pub(crate) fn jwk(&self) -> &Jwk {
        &self.keys.current.jwk
    }

    /// The next signing key's turn comes.
    pub(crate) fn rotate_keys(&mut self) {
        let keys = std::mem::replace(
            &mut self.keys,
            KeyRing { previous: None, current: new_key(), next: new_key(), since: 0 },
        );
        self.keys = keys.rotated(new_key(), self.now);
    }

    /// Answers a request as a worker does: persist, sign, respond.
    pub(crate) fn send(&mut self, request: &Request) -> Response {
        let response = self.respond(&Request { cookie: self.cookie.clone(), ..request.clone() });
        if let Some(set) = response.header("Set-Cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        response
    }

    fn respond(&mut self, request: &Request) -> Response {
        let mut reply = self.handle(request);
        if let Reply::Verify(proof) = &reply {
            let forgotten = self.persist();
            assert!(forgotten, "something changed before the proof was verified");
            let KeyMaterial::P256 { x, y } = proof.key().material.clone() else { panic!("not P-256") };
            let point = [vec![4], base64url::decode(&x).unwrap(), base64url::decode(&y).unwrap()].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            let is_good = key.verify(proof.signing_input(), proof.signature()).is_ok();
            let signature = if is_good { Signature::Good } else { Signature::Bad };
            reply = self.with_env(|authorizer, env| authorizer.proceed(proof, signature, env));
        }
        self.persist();
        self.log.extend(self.authorizer.take_log().iter().map(ToString::to_string));
        match reply {
            Reply::Ready(response) => response,
            Reply::Sign(pending) => {
                let signature =
                    self.keys.current.pair.sign(&SystemRandom::new(), pending.signing_input().as_bytes()).unwrap();
                pending.finish(signature.as_ref())
            }
            Reply::Verify(_) => panic!("a proof was verified already"),
        }
    }

    /// Writes down what changed, and says whether that was nothing but records that had expired.
    fn persist(&mut self) -> bool {
        let changes = self.authorizer.take_changes();
        let only_deleted = changes.iter().all(|change| change.value.is_none());
        for change in changes {
            match change.value {
                Some(text) => self.records.insert(change.key, text),
                None => self.records.remove(&change.key),
            };
        }
        only_deleted
    }

    pub(crate) fn handle(&mut self, request: &Request) -> Reply {
        self.with_env(|authorizer, env| authorizer.handle(request, env))
    }

    fn with_env<T>(&mut self, act: impl FnOnce(&mut Authorizer, Env<'_>) -> T) -> T {
        let seed = &mut self.seed;
        let mut entropy = |octets: &mut [u8]| {
            for octet in octets {
                // splitmix64: repeatable, and no two draws alike.
                *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = *seed;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *octet = (mixed >> 56) as u8;
            }
        };
        let others: Vec<Jwk> = self.keys.others().map(|key| key.jwk.clone()).collect();
        let public_jwk = &self.keys.current.jwk;
        act(&mut self.authorizer, Env { now: self.now, entropy: &mut entropy, public_jwk, other_jwks: &others })
    }

    /// The worker is stopped and started again: only what was persisted is left.
    pub(crate) fn restart(&mut self) {
        self.authorizer = Authorizer::new(self.config.clone(), self.records.clone());
    }

    /// Whether a refusal of that check is in the log.
    pub(crate) fn refused_by(&self, check: &str) -> bool {
        self.log.iter().any(|line| line.starts_with(&format!("{check} ")))
    }

    pub(crate) fn get(&mut self, url: &str) -> Response {
        self.send(&Request::get(url))
    }

    pub(crate) fn post(&mut self, path: &str, parameters: &[(&str, &str)]) -> Response {
        let url = self.at(path);
        self.send(&Request::post_form(url, form(parameters)))
    }

    /// Opens an authorization request; changes replace or, with an empty value, remove a parameter.
    pub(crate) fn authorize(&mut self, changes: &[(&str, &str)]) -> Response {
        let url = self.authorize_url(changes);
        self.get(&url)
    }

    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let challenge = verifier(1).challenge();
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid profile"),
            ("state", "state-1"),
            ("nonce", "nonce-1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        for change in changes {
            parameters.retain(|(name, _)| *name != change.0);
            if !change.1.is_empty() {
                parameters.push(*change);
            }
        }
        format!("{}?{}", self.at("authorize"), form(&parameters))
    }

    /// Follows a redirect to a page of the authorizer and presses one button there.
    pub(crate) fn press(&mut self, redirect: &Response, name: &str, value: &str) -> Response {
        let url = redirect.header("Location").expect("a redirect to a page").to_owned();
        let page = self.get(&url);
        assert_eq!(page.status, 200, "{}", page.body);
        let (action, interaction) = page_form(&page);
        self.send(&Request::post_form(action, form(&[("interaction", &interaction), (name, value)])))
    }

    /// The whole way of a person who wants to: signs in as Ada where asked, allows where asked.
    pub(crate) fn answer(&mut self, changes: &[(&str, &str)]) -> Response {
        let mut response = self.authorize(changes);
        for (page, name, value) in [("sign-in", "person", "ada"), ("consent", "decision", "allow")] {
            if location(&response).starts_with(&self.at(page)) {
                response = self.press(&response, name, value);
            }
        }
        response
    }

    /// A code of that request.
    pub(crate) fn code(&mut self, changes: &[(&str, &str)]) -> String {
        let response = self.answer(changes);
        answer_parameter(&response, "code").unwrap_or_else(|| panic!("no code: {}", location(&response)))
    }

    /// Exchanges a code; changes as in [`Self::authorize`].
    pub(crate) fn redeem(&mut self, code: &str, changes: &[(&str, &str)]) -> Response {
        let request = self.redeem_request(code, changes);
        self.send(&request)
    }

    pub(crate) fn redeem_request(&self, code: &str, changes: &[(&str, &str)]) -> Request {
        let verifier = verifier(1);
        let mut parameters = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("client_id", CLIENT),
            ("code_verifier", verifier.expose()),
        ];
        for change in changes {
            parameters.retain(|(name, _)| *name != change.0);
            if !change.1.is_empty() {
                parameters.push(*change);
            }
        }
        Request::post_form(self.at("token"), form(&parameters))
    }

    pub(crate) fn refresh(&mut self, refresh_token: &str, changes: &[(&str, &str)]) -> Response {
        let request = self.refresh_request(refresh_token, changes);
        self.send(&request)
    }

    pub(crate) fn refresh_request(&self, refresh_token: &str, changes: &[(&str, &str)]) -> Request {
        let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        if !changes.iter().any(|(name, _)| *name == "client_id") {
            parameters.push(("client_id", CLIENT));
        }
        parameters.extend_from_slice(changes);
        Request::post_form(self.at("token"), form(&parameters))
    }

    /// Tokens of a fresh sign-in with the standard request.
    pub(crate) fn tokens(&mut self) -> Value {
        let code = self.code(&[]);
        granted(&self.redeem(&code, &[]))
    }

    pub(crate) fn userinfo(&mut self, access_token: &str) -> Response {
        let mut request = Request::get(self.at("userinfo"));
        request.authorization = Some(format!("Bearer {access_token}"));
        self.send(&request)
    }

    pub(crate) fn is_active(&mut self, access_token: &str) -> bool {
        self.userinfo(access_token).status == 200
    }
}

pub(crate) fn new_key() -> Key {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let material = KeyMaterial::P256 { x: base64url::encode(x), y: base64url::encode(y) };
    Key { pair, jwk: Jwk { kid: None, alg: None, material } }
}

pub(crate) fn config() -> Config {
    let mut config = Config::for_app(APP);
    config.clients.push(ClientRegistration {
        client_id: OTHER_CLIENT.to_owned(),
        name: "Other & <app>".to_owned(),
        redirect_uris: vec![OTHER_REDIRECT_URI.to_owned(), "http://127.0.0.1/native".to_owned()],
        post_logout_redirect_uris: vec!["https://other.example/bye?x=1".to_owned()],
        refresh_tokens: RefreshTokens::WithOfflineAccess,
        requires_dpop: false,
        requires_par: false,
    });
    config
}

/// What turns the standard request into one of the other app.
pub(crate) const AS_OTHER: [(&str, &str); 2] = [("client_id", OTHER_CLIENT), ("redirect_uri", OTHER_REDIRECT_URI)];

/// The n-th secret of a client.
pub(crate) fn verifier(n: u8) -> CodeVerifier {
    CodeVerifier::from_entropy(&[n; 32])
}

pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    parameters.iter().fold(Form::new(), |form, (name, value)| form.with(name, value)).finish()
}

pub(crate) fn location(response: &Response) -> String {
    response.header("Location").unwrap_or_default().to_owned()
}

/// A parameter of the answer in a redirect to the client, in the query or in the fragment.
pub(crate) fn answer_parameter(response: &Response, name: &str) -> Option<String> {
    let location = location(response);
    let (_, answer) = location.rsplit_once(['?', '#'])?;
    Params::parse(answer).get(name).map(str::to_owned)
}

/// Where the form of a page goes, and its hidden id.
pub(crate) fn page_form(page: &Response) -> (String, String) {
    let between = |before: &str| {
        let (_, rest) = page.body.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", page.body));
        rest.split_once('"').unwrap().0.to_owned()
    };
    (between("action=\""), between("name=\"interaction\" value=\""))
}

pub(crate) fn json(response: &Response) -> Value {
    assert_eq!(response.header("Content-Type"), Some("application/json"), "{}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

/// The body of a successful token response.
pub(crate) fn granted(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{}", response.body);
    json(response)
}

/// The error code of a refusal in JSON.
pub(crate) fn error(response: &Response) -> String {
    assert!((400..=403).contains(&response.status), "{} {}", response.status, response.body);
    text(&json(response), "error")
}

pub(crate) fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_else(|| panic!("no {name} in {object}")).to_owned()
}

/// Header and claims of a compact token.
pub(crate) fn decode(token: &str) -> (Value, Value) {
    let part = |part: &str| serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    (part(parts.next().unwrap()), part(parts.next().unwrap()))
}
