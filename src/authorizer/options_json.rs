//! Options as JSON. Read by the strict reader of this crate: serde's own would add 23 KB to the worker, a quarter of it.

use super::config::{ConsentPolicy, RefreshTokens};
use super::options::{AuthorizerOptions, ClientOptions, LifetimeOptions, OptionsError, PersonOptions};
use crate::protocol::json::{Object, Value, array};
use crate::protocol::text;

impl AuthorizerOptions {
    /// Reads options.
    ///
    /// # Errors
    /// [`OptionsError`]: the first member that is unknown, or whose value is not what it takes.
    pub fn from_json(json: &str) -> Result<Self, OptionsError> {
        let record = Record::read("the options", json)?;
        record.knows(&["clients", "people", "lifetimes", "consent", "sign_in_as"])?;
        Ok(Self {
            clients: record.list("clients", client)?,
            people: record.list("people", person)?,
            lifetimes: match record.object.get("lifetimes") {
                None => LifetimeOptions::default(),
                Some(Value::Object(json)) => lifetimes(json)?,
                Some(_) => return Err(record.wrong("lifetimes", "an object")),
            },
            consent: match record.text("consent")?.as_deref() {
                None | Some("asked") => ConsentPolicy::Asked,
                Some("given") => ConsentPolicy::Given,
                Some(_) => return Err(record.wrong("consent", "“asked” or “given”")),
            },
            sign_in_as: record.text("sign_in_as")?,
        })
    }
}

fn client(json: &str) -> Result<ClientOptions, OptionsError> {
    let record = Record::read("a client", json)?;
    record.knows(&[
        "client_id",
        "name",
        "redirect_uris",
        "post_logout_redirect_uris",
        "refresh_tokens",
        "requires_dpop",
        "requires_par",
    ])?;
    Ok(ClientOptions {
        client_id: record.text("client_id")?.unwrap_or_default(),
        name: record.text("name")?,
        redirect_uris: record.texts("redirect_uris")?,
        post_logout_redirect_uris: record.texts("post_logout_redirect_uris")?,
        refresh_tokens: match record.text("refresh_tokens")?.as_deref() {
            None | Some("with_offline_access") => RefreshTokens::WithOfflineAccess,
            Some("always") => RefreshTokens::Always,
            Some(_) => return Err(record.wrong("refresh_tokens", "“with_offline_access” or “always”")),
        },
        requires_dpop: record.flag("requires_dpop")?,
        requires_par: record.flag("requires_par")?,
    })
}

fn person(json: &str) -> Result<PersonOptions, OptionsError> {
    let record = Record::read("a person", json)?;
    record.knows(&["sub", "name", "email", "claims"])?;
    let claims = match record.object.get("claims") {
        None => Vec::new(),
        Some(Value::Object(json)) => {
            let claims = Record::read("claims", json)?;
            let text = |(name, _): (&str, &Value<'_>)| Ok((name.to_owned(), claims.text(name)?.unwrap_or_default()));
            claims.object.iter().map(text).collect::<Result<_, OptionsError>>()?
        }
        Some(_) => return Err(record.wrong("claims", "an object of texts")),
    };
    Ok(PersonOptions {
        sub: record.text("sub")?.unwrap_or_default(),
        name: record.text("name")?,
        email: record.text("email")?,
        claims,
    })
}

fn lifetimes(json: &str) -> Result<LifetimeOptions, OptionsError> {
    let record = Record::read("lifetimes", json)?;
    record.knows(&["code", "access_token", "id_token", "refresh_token", "session"])?;
    Ok(LifetimeOptions {
        code: record.seconds("code")?,
        access_token: record.seconds("access_token")?,
        id_token: record.seconds("id_token")?,
        refresh_token: record.seconds("refresh_token")?,
        session: record.seconds("session")?,
    })
}

/// One object of options.
struct Record<'a> {
    /// What it is, for errors.
    of: &'static str,
    object: Object<'a>,
}

impl<'a> Record<'a> {
    fn read(of: &'static str, json: &'a str) -> Result<Self, OptionsError> {
        match Object::parse(json) {
            Ok(object) => Ok(Self { of, object }),
            Err(error) => Err(OptionsError::new(&[of, ": not one JSON object (", error.code(), ")."])),
        }
    }

    fn knows(&self, names: &[&str]) -> Result<(), OptionsError> {
        match self.object.iter().find(|(name, _)| !names.contains(name)) {
            Some((name, _)) => {
                Err(OptionsError::new(&[self.of, ": there is no “", name, "”. There are: ", &names.join(", "), "."]))
            }
            None => Ok(()),
        }
    }

    fn wrong(&self, name: &str, takes: &str) -> OptionsError {
        OptionsError::new(&[self.of, ": give “", name, "” ", takes, "."])
    }

    fn text(&self, name: &str) -> Result<Option<String>, OptionsError> {
        match self.object.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, OptionsError> {
        let Some(value) = self.object.get(name) else { return Ok(Vec::new()) };
        value.as_strings().ok_or_else(|| self.wrong(name, "a list of texts"))
    }

    fn flag(&self, name: &str) -> Result<bool, OptionsError> {
        match self.object.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    fn seconds(&self, name: &str) -> Result<Option<u32>, OptionsError> {
        let number = match self.object.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => text::number(number.as_text()).and_then(|number| u32::try_from(number).ok()),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, "a whole number of seconds"))
    }

    fn list<T>(&self, name: &str, read: fn(&str) -> Result<T, OptionsError>) -> Result<Vec<T>, OptionsError> {
        let wrong = || self.wrong(name, "a list of objects");
        let values = match self.object.get(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(json)) => array(json).map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
        };
        let one = |value: &Value<'_>| match value {
            Value::Object(json) => read(json),
            _ => Err(wrong()),
        };
        values.iter().map(one).collect()
    }
}
