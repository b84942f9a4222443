//! An authorizer that is right in everything until a test makes one thing wrong.
//!
//! It answers from values and closures that a test replaces: that is how a client gets to see what no
//! honest server sends. Whole logins against a real server are in `tests/logins.rs`.

use std::collections::{BTreeMap, BTreeSet};

use pkce_login::client::ports::{HttpFailure, HttpResponse};
use pkce_login::protocol::form::{Params, encode_into};
use pkce_login::protocol::id_token::access_token_hash;
use pkce_login::protocol::pkce::ChallengeMethod;
use pkce_login::protocol::secret::AccessToken;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use serde_json::{Value, json};

use super::signer::Signer;
use super::world::{Sent, Server};

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const CLIENT_ID: &str = "spa";
pub(crate) const REDIRECT_URI: &str = "https://app.example/callback.html";

pub(crate) type Outcome = Result<HttpResponse, HttpFailure>;

/// Changes one document before it is sent.
type Edit = Box<dyn Fn(&mut Value)>;

/// Changes the header and the claims of an ID token before it is signed.
type EditToken = Box<dyn Fn(&mut Value, &mut Value)>;

/// Answers in the place of an endpoint.
type Endpoint = Box<dyn Fn() -> Outcome>;

/// Looks at a request before the endpoint does, and may answer in its place.
type Intercept = Box<dyn FnMut(&Sent) -> Option<Outcome>>;

/// What a code stands for.
struct Granted {
    nonce: Value,
    challenge: String,
}

pub(crate) struct Provider {
    pub(crate) metadata: Value,
    pub(crate) keys: Vec<Value>,
    pub(crate) signer: Signer,
    /// Changes the ID token's header and claims before it is signed.
    pub(crate) edit_id_token: EditToken,
    /// Changes the token response.
    pub(crate) edit_tokens: Edit,
    /// Changes the claims of UserInfo.
    pub(crate) edit_userinfo: Edit,
    /// Answers in place of the token endpoint.
    pub(crate) token_endpoint: Option<Endpoint>,
    /// Answers in place of the metadata.
    pub(crate) metadata_endpoint: Option<Endpoint>,
    /// Answers in place of the keys.
    pub(crate) keys_endpoint: Option<Endpoint>,
    /// Sees every request first, also those to other hosts.
    pub(crate) intercept: Option<Intercept>,
    /// Requests that were pushed.
    pushed: Vec<String>,
    /// Whether pages may read the `Date` header.
    pub(crate) shows_date: bool,
    signed_in_at: i64,
    codes: BTreeMap<String, Granted>,
    refresh_tokens: BTreeSet<String>,
    pub(crate) revoked: Vec<String>,
    issued: usize,
}

impl Provider {
    /// Signs with another key from now on, and publishes that one alone.
    pub(crate) fn rotate_key(&mut self, kid: &str) {
        self.signer = Signer::new(kid);
        self.keys = vec![self.signer.public_jwk()];
    }

    pub(crate) fn new() -> Self {
        let signer = Signer::new("key-1");
        Self {
            metadata: json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/jwks"),
                "userinfo_endpoint": format!("{ISSUER}/userinfo"),
                "revocation_endpoint": format!("{ISSUER}/revoke"),
                "end_session_endpoint": format!("{ISSUER}/end"),
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
            }),
            keys: vec![signer.public_jwk()],
            signer,
            edit_id_token: Box::new(|_, _| {}),
            edit_tokens: Box::new(|_| {}),
            edit_userinfo: Box::new(|_| {}),
            token_endpoint: None,
            metadata_endpoint: None,
            keys_endpoint: None,
            intercept: None,
            pushed: Vec::new(),
            shows_date: true,
            signed_in_at: 0,
            codes: BTreeMap::new(),
            refresh_tokens: BTreeSet::new(),
            revoked: Vec::new(),
            issued: 0,
        }
    }

    /// Somebody signs in and allows what `url` asks for.
    pub(crate) fn authorize(&mut self, url: &str) -> Answer {
        self.authorize_with_code(url, &format!("code-{}", self.codes.len() + 1))
    }

    /// The same, with a code that the test chose.
    pub(crate) fn authorize_with_code(&mut self, url: &str, code: &str) -> Answer {
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{ISSUER}/authorize"));
        let mut request = Params::parse(query);
        let pushed;
        if let Some(reference) = request.get("request_uri") {
            assert_eq!(request.iter().count(), 2, "client_id and reference, nothing else");
            assert_eq!(request.get("client_id"), Some(CLIENT_ID));
            pushed = self.pushed[reference.strip_prefix("urn:pushed:").unwrap().parse::<usize>().unwrap()].clone();
            request = Params::parse(&pushed);
        }
        assert_eq!(request.get("response_type"), Some("code"));
        assert_eq!(request.get("code_challenge_method"), Some("S256"));
        let granted = Granted {
            nonce: json!(request.get("nonce")),
            challenge: request.get("code_challenge").unwrap().to_owned(),
        };
        self.codes.insert(code.to_owned(), granted);
        Answer(vec![
            ("code".to_owned(), code.to_owned()),
            ("state".to_owned(), request.get("state").unwrap().to_owned()),
            ("iss".to_owned(), ISSUER.to_owned()),
        ])
    }

    /// The refresh tokens that are good.
    pub(crate) fn good_refresh_tokens(&self) -> Vec<String> {
        self.refresh_tokens.iter().cloned().collect()
    }

    fn token(&mut self, request: &Sent, now: i64) -> Outcome {
        if let Some(answer) = &self.token_endpoint {
            return answer();
        }
        assert_eq!(request.form("client_id").as_deref(), Some(CLIENT_ID));
        let nonce = match request.form("grant_type").as_deref() {
            Some("authorization_code") => {
                assert_eq!(request.form("redirect_uri").as_deref(), Some(REDIRECT_URI));
                let granted = request.form("code").and_then(|code| self.codes.remove(&code));
                let verifier = request.form("code_verifier").unwrap_or_default();
                match granted {
                    Some(granted) if ChallengeMethod::S256.verifier_matches(&verifier, &granted.challenge) => {
                        self.signed_in_at = now;
                        granted.nonce
                    }
                    _ => return Ok(oauth_error("invalid_grant")),
                }
            }
            Some("refresh_token") => {
                if !self.refresh_tokens.remove(&request.form("refresh_token").unwrap_or_default()) {
                    return Ok(oauth_error("invalid_grant"));
                }
                Value::Null
            }
            _ => return Ok(oauth_error("unsupported_grant_type")),
        };
        let mut tokens = self.issue(nonce, now);
        if request.header("DPoP").is_some() && tokens["token_type"] == "Bearer" {
            tokens["token_type"] = "DPoP".into();
        }
        (self.edit_tokens)(&mut tokens);
        if let Some(token) = tokens["refresh_token"].as_str() {
            self.refresh_tokens.insert(token.to_owned());
        }
        Ok(json_response(200, &tokens))
    }

    fn issue(&mut self, nonce: Value, now: i64) -> Value {
        self.issued += 1;
        let access_token = format!("access-{}", self.issued);
        let refresh_token = format!("refresh-{}", self.issued);
        let at_hash = access_token_hash(SigningAlgorithm::Es256, &AccessToken::new(access_token.as_str()));
        let mut header = json!({ "alg": "ES256", "kid": "key-1", "typ": "JWT" });
        let mut claims = json!({
            "iss": ISSUER, "sub": "ada", "aud": CLIENT_ID, "exp": now + 300, "iat": now, "auth_time": self.signed_in_at,
            "at_hash": at_hash, "name": "Ada Demo",
        });
        if !nonce.is_null() {
            claims["nonce"] = nonce;
        }
        (self.edit_id_token)(&mut header, &mut claims);
        json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 300,
            "refresh_token": refresh_token, "id_token": self.signer.token(&header, &claims),
        })
    }
}

impl Server for Provider {
    fn answer(&mut self, request: &Sent, now: i64) -> Outcome {
        if let Some(answer) = self.intercept.as_mut().and_then(|intercept| intercept(request)) {
            return answer
                .map(|response| HttpResponse { date: self.shows_date.then_some(now).or(response.date), ..response });
        }
        let path = request.url.strip_prefix(ISSUER).expect("a request to somebody else");
        let answer = match (request.method.as_str(), path) {
            ("GET", "/.well-known/openid-configuration") => match &self.metadata_endpoint {
                Some(answer) => answer(),
                None => Ok(json_response(200, &self.metadata)),
            },
            ("GET", "/.well-known/oauth-authorization-server") => Ok(html_response(404)),
            ("GET", "/jwks" | "/other-jwks") => match &self.keys_endpoint {
                Some(answer) => answer(),
                None => Ok(json_response(200, &json!({ "keys": self.keys }))),
            },
            ("POST", "/par") => {
                self.pushed.push(request.body.clone());
                let reference = format!("urn:pushed:{}", self.pushed.len() - 1);
                Ok(json_response(201, &json!({ "request_uri": reference, "expires_in": 60 })))
            }
            ("POST", "/token") => self.token(request, now),
            ("GET", "/userinfo") => {
                let mut claims = json!({ "sub": "ada", "name": "Ada Demo" });
                (self.edit_userinfo)(&mut claims);
                Ok(json_response(200, &claims))
            }
            ("POST", "/revoke") => {
                let token = request.form("token").unwrap();
                self.refresh_tokens.remove(&token);
                self.revoked.push(token);
                Ok(HttpResponse { status: 200, ..HttpResponse::default() })
            }
            other => panic!("nobody asked for {other:?}"),
        };
        answer.map(|response| HttpResponse { date: self.shows_date.then_some(now), ..response })
    }
}

pub(crate) fn json_response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some("application/json".to_owned()),
        body: body.to_string().into_bytes(),
        ..HttpResponse::default()
    }
}

pub(crate) fn html_response(status: u16) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some("text/html; charset=utf-8".to_owned()),
        body: b"<!doctype html><p>Hello".to_vec(),
        ..HttpResponse::default()
    }
}

pub(crate) fn oauth_error(error: &str) -> HttpResponse {
    json_response(400, &json!({ "error": error, "error_description": "No." }))
}

/// The parameters of an authorization response, for a test to change before they arrive.
#[derive(Clone)]
pub(crate) struct Answer(Vec<(String, String)>);

impl Answer {
    /// The same answer as one signed document.
    pub(crate) fn signed(self, provider: &Provider, now: i64) -> Self {
        let mut claims = json!({ "iss": ISSUER, "aud": CLIENT_ID, "exp": now + 60 });
        for (name, value) in self.0 {
            claims[name] = value.into();
        }
        Self(vec![("response".to_owned(), provider.signer.token(&json!({ "alg": "ES256", "kid": "key-1" }), &claims))])
    }

    /// An answer made by somebody else.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// Puts another value in the place of the one that is there.
    pub(crate) fn changed(mut self, name: &str, value: &str) -> Self {
        for (known, old) in &mut self.0 {
            if known == name {
                value.clone_into(old);
            }
        }
        self
    }

    /// Adds a parameter at the end.
    pub(crate) fn then(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a parameter at the beginning.
    pub(crate) fn after(mut self, name: &str, value: &str) -> Self {
        self.0.insert(0, (name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in &self.0 {
            if !query.is_empty() {
                query.push('&');
            }
            encode_into(&mut query, name);
            query.push('=');
            encode_into(&mut query, value);
        }
        query
    }

    /// The address that the callback page is opened with.
    pub(crate) fn url(&self) -> String {
        format!("{REDIRECT_URI}?{}", self.query())
    }
}
