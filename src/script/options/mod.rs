//! Reads the options of a page strictly: JSON text in, client configuration out.

mod error;
mod given;

use given::Given;

pub use error::OptionsError;

use crate::browser::auth::{LoginOptions, LogoutOptions};
use crate::client::{ClientConfig, Prepare, Restore, Storage};
use crate::protocol::authorization_request::RequestOptions;
use crate::protocol::json::{Object, Value};
use crate::protocol::metadata::{DiscoveryKind, ServerMetadata};
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;
use crate::protocol::text;
use crate::protocol::url::{self, AbsoluteUrl};

/// The one client that the built-in authorizer knows.
const BUILT_IN_CLIENT: &str = "pkce-login-demo";

const OF_AUTH: &[&str] = &[
    "issuer",
    "clientId",
    "redirectUri",
    "scope",
    "responseMode",
    "storage",
    "restore",
    "prepare",
    "dpop",
    "pushedRequests",
    "requireIss",
    "trustedAudiences",
    "discovery",
    "apiOrigins",
    "authorizer",
    "metadata",
    "fetch",
];

const OF_LOGIN: &[&str] =
    &["prompt", "loginHint", "maxAge", "acrValues", "uiLocales", "resource", "scope", "extraParams", "returnTo"];

const OF_LOGOUT: &[&str] = &["atAuthorizer", "returnTo"];

const OF_TOKEN: &[&str] = &["minValidity"];

/// The page that gave the options.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Its origin, as the browser writes it.
    pub origin: &'a str,
    /// The base of its addresses: its own address, or that of its `<base>`.
    pub base: &'a str,
    /// The redirect URI of an app that names none.
    pub callback: &'a str,
    /// Whether it is a secure context.
    pub is_secure: bool,
}

/// Which authorizer the client uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorizer {
    /// An authorizer on the network, or behind the transport of the page.
    Elsewhere,
    /// The built-in authorizer, for demonstrations.
    BuiltIn {
        /// The directory of the callback page and of the worker: an absolute URL that ends with a slash.
        base: String,
    },
}

/// All options of `createAuth` except the transport of the page.
#[derive(Debug, Clone)]
pub struct Options {
    /// The client.
    pub config: ClientConfig,
    /// The authorizer.
    pub authorizer: Authorizer,
}

/// What one login asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoginChoices {
    /// Parameters of the request.
    pub request: RequestOptions,
    /// Where in the app the person continues; `None` for the present page.
    pub return_to: Option<String>,
}

/// What a sign-out does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogoutChoices {
    /// Whether the person is signed out at the authorizer too.
    pub at_authorizer: bool,
    /// Where the authorizer sends the browser afterwards: an absolute URL of this origin.
    pub return_to: Option<String>,
}

impl From<LoginChoices> for LoginOptions {
    fn from(choices: LoginChoices) -> Self {
        Self { return_to: choices.return_to, request: choices.request }
    }
}

impl From<LogoutChoices> for LogoutOptions {
    fn from(choices: LogoutChoices) -> Self {
        Self { at_authorizer: choices.at_authorizer, return_to: choices.return_to }
    }
}

/// The demands on an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenChoices {
    /// For how many more seconds it must be valid.
    pub min_validity: i64,
}

impl Options {
    /// Reads the options of `createAuth`.
    ///
    /// # Errors
    /// [`OptionsError`]: the first mistake.
    pub fn read(text: &str, page: &Page<'_>) -> Result<Self, OptionsError> {
        let given = Given::read(text, OF_AUTH)?;
        if !page.is_secure {
            return Err(OptionsError::InsecureOrigin { origin: page.origin.to_owned() });
        }
        let redirect_uri = redirect_uri(given.str("redirectUri", "a text")?.unwrap_or(page.callback), page)?;
        let base = beside(&redirect_uri, "");
        let is_built_in = given.one_of("authorizer", "“builtin”", |name| (name == "builtin").then_some(()))?.is_some();
        let issuer = issuer(&given, is_built_in, &base)?;
        let client_id = given.str("clientId", "a text")?.filter(|text| !text.is_empty());
        let client_id = client_id.or(is_built_in.then_some(BUILT_IN_CLIENT));
        let client_id = client_id.ok_or(OptionsError::ClientIdMissing)?;
        let mut config = ClientConfig::new(issuer, client_id, redirect_uri);
        if let Some(scope) = given.str("scope", "a text: words separated by spaces")? {
            config.scope = Scope::parse(scope);
        }
        let plain_mode = |name: &str| ResponseMode::from_name(name).filter(|mode| !mode.is_signed());
        let modes = "“query”, “fragment” or “form_post”";
        config.response_mode = given.one_of("responseMode", modes, plain_mode)?.unwrap_or_default();
        if is_built_in && config.response_mode == ResponseMode::FormPost {
            // Requests of the callback worker do not pass through the built-in one.
            return Err(given.invalid("responseMode", "“query” or “fragment”, with the built-in authorizer"));
        }
        config.storage = given.one_of("storage", "“memory”, “session” or “device”", storage)?.unwrap_or_default();
        let ways = "“none”, “frame” or “redirect”";
        config.restore = given.one_of("restore", ways, Restore::from_name)?.unwrap_or_default();
        let times = "“idle”, “hover” or “press”";
        config.prepare = given.one_of("prepare", times, Prepare::from_name)?.unwrap_or_default();
        config.dpop = given.flag("dpop")?;
        config.pushed_requests = given.flag("pushedRequests")?;
        config.require_iss = given.flag("requireIss")?;
        config.trusted_audiences = given.texts("trustedAudiences", "a list of client IDs")?;
        let places = "“openid” or “oauth”";
        config.discovery = given.one_of("discovery", places, DiscoveryKind::from_name)?.unwrap_or_default();
        config.api_origins = given.origins("apiOrigins")?;
        if given.get("fetch").is_some() {
            // A function never arrives here: core.js takes it out.
            return Err(given.invalid("fetch", "a function that works like the browser’s fetch"));
        }
        config.metadata = match given.get("metadata") {
            None => None,
            Some(Value::Object(text)) => {
                // Checked here too: a wrong option is reported as such, not as a failed login.
                ServerMetadata::from_json(&config.issuer, text)?;
                Some((*text).to_owned())
            }
            Some(_) => return Err(given.invalid("metadata", "an object, as the authorizer publishes it")),
        };
        config.check_choices()?;
        let authorizer = if is_built_in { Authorizer::BuiltIn { base } } else { Authorizer::Elsewhere };
        Ok(Self { config, authorizer })
    }
}

impl LoginChoices {
    /// Reads the options of one login.
    ///
    /// # Errors
    /// [`OptionsError`]: the first mistake.
    pub fn read(text: &str) -> Result<Self, OptionsError> {
        let given = Given::read(text, OF_LOGIN)?;
        let text = |name: &str| given.str(name, "a text").map(|text| text.map(str::to_owned));
        let max_age = given.whole("maxAge", "a whole number of seconds, 0 or more")?;
        let mut extra = Vec::new();
        if let Some(value) = given.get("extraParams") {
            let takes = "an object whose values are texts";
            // The error does not repeat the value: parameters of an app may hold anything.
            let invalid = || given.invalid("extraParams", takes);
            let Value::Object(text) = value else { return Err(invalid()) };
            for (name, value) in Object::parse(text).map_err(|_| invalid())?.iter() {
                extra.push((name.to_owned(), value.as_str().ok_or_else(invalid)?.to_owned()));
            }
        }
        let request = RequestOptions {
            prompt: text("prompt")?,
            login_hint: text("loginHint")?,
            max_age,
            ui_locales: text("uiLocales")?,
            acr_values: text("acrValues")?,
            resource: text("resource")?,
            more_scope: text("scope")?,
            extra,
            ..RequestOptions::default()
        };
        Ok(Self { request, return_to: text("returnTo")? })
    }
}

impl LogoutChoices {
    /// Reads the options of a sign-out.
    ///
    /// # Errors
    /// [`OptionsError`]: the first mistake.
    pub fn read(text: &str, page: &Page<'_>) -> Result<Self, OptionsError> {
        let given = Given::read(text, OF_LOGOUT)?;
        let return_to = given.str("returnTo", "a text")?.map(|text| resolved(text, page));
        if return_to.as_deref().is_some_and(|url| !is_of(url, page.origin)) {
            return Err(given.invalid("returnTo", "an address of this origin that is registered at the authorizer"));
        }
        Ok(Self { at_authorizer: given.flag("atAuthorizer")?, return_to })
    }
}

impl TokenChoices {
    /// Reads the demands on an access token.
    ///
    /// # Errors
    /// [`OptionsError`]: the first mistake.
    pub fn read(text: &str) -> Result<Self, OptionsError> {
        let given = Given::read(text, OF_TOKEN)?;
        let min_validity = given.whole("minValidity", "a whole number of seconds, 0 or more")?;
        Ok(Self { min_validity: min_validity.unwrap_or_default().into() })
    }
}

fn storage(name: &str) -> Option<Storage> {
    match name {
        "memory" => Some(Storage::Memory),
        "session" => Some(Storage::Tab),
        "device" => Some(Storage::Device),
        _ => None,
    }
}

fn issuer(given: &Given<'_>, is_built_in: bool, base: &str) -> Result<String, OptionsError> {
    let takes = "a complete https address without query or fragment; http is for this machine only";
    let issuer = given.str("issuer", takes)?.filter(|text| !text.is_empty());
    if is_built_in {
        let own = [base, "authorizer"].concat();
        // A path behind the name switches its faults on.
        let is_own =
            |issuer: &str| issuer.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        return match issuer {
            Some(other) if !is_own(other) => {
                Err(given.invalid("issuer", "no value with the built-in authorizer: it is beside the callback page"))
            }
            Some(named) => Ok(named.to_owned()),
            None => Ok(own),
        };
    }
    let issuer = issuer.ok_or(OptionsError::IssuerMissing)?;
    if ClientConfig::new(issuer, "", "").check().is_err() {
        return Err(given.invalid("issuer", takes));
    }
    Ok(issuer.to_owned())
}

/// The redirect URI: byte for byte if it is absolute, otherwise resolved against the page.
fn redirect_uri(given: &str, page: &Page<'_>) -> Result<String, OptionsError> {
    let resolved = resolved(given, page);
    if is_of(&resolved, page.origin) && url::split(&resolved).2.is_none() {
        return Ok(resolved);
    }
    if url::is_web_address(&resolved) && !is_of(&resolved, page.origin) {
        return Err(OptionsError::RedirectUriForeign { given: given.to_owned(), origin: page.origin.to_owned() });
    }
    Err(OptionsError::Invalid {
        option: "redirectUri".to_owned(),
        given: ["“", given, "”"].concat(),
        takes: "the address of callback.html on this origin, without a fragment",
    })
}

fn is_of(url: &str, origin: &str) -> bool {
    AbsoluteUrl::parse(url).is_ok_and(|url| url.origin() == origin)
}

/// Resolves what people write as a browser does: an absolute URL, a path, or a relative path.
fn resolved(reference: &str, page: &Page<'_>) -> String {
    let scheme = text::cut(reference, b':').map_or("", |(scheme, _)| scheme);
    if !scheme.is_empty() && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet)) {
        return reference.to_owned();
    }
    if reference.starts_with("//") {
        let scheme = text::cut(page.origin, b':').map_or("", |(scheme, _)| scheme);
        return [scheme, ":", reference].concat();
    }
    if reference.starts_with('/') {
        return [page.origin, reference].concat();
    }
    let mut directory = directory(url::split(page.base).0);
    let mut rest = reference;
    loop {
        if let Some(here) = rest.strip_prefix("./") {
            rest = here;
        } else if let Some(above) = rest.strip_prefix("../") {
            rest = above;
            // `..` at the top stays at the top.
            if directory.len() > page.origin.len() {
                directory = self::directory(directory);
            }
        } else {
            return [directory, "/", rest].concat();
        }
    }
}

/// The address of a file in the directory of another one.
pub(super) fn beside(url: &str, name: &str) -> String {
    [directory(url), "/", name].concat()
}

/// The part of an address before its last slash, without query and fragment.
fn directory(url: &str) -> &str {
    let (url, _, _) = url::split(url);
    text::cut_last(url, b'/').map_or(url, |(directory, _)| directory)
}
