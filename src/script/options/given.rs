//! One object of options: each value by its type, or an error that names the option.

use super::error::{OptionsError, fold};
use crate::protocol::json::{Object, Value};
use crate::protocol::text;
use crate::protocol::url::AbsoluteUrl;

/// The member by which `options.js` marks a value that JSON does not have.
const NO_JSON: &str = "$";

/// Options whose wrong value an error may repeat.
const SHOWN: [&str; 9] =
    ["issuer", "redirectUri", "responseMode", "storage", "restore", "prepare", "authorizer", "returnTo", "discovery"];

/// One object of options with known names only.
pub(super) struct Given<'a>(Object<'a>);

impl<'a> Given<'a> {
    pub(super) fn read(text: &'a str, known: &'static [&'static str]) -> Result<Self, OptionsError> {
        let invalid = |given: &str| OptionsError::Invalid {
            option: "options".to_owned(),
            given: given.to_owned(),
            takes: "one object",
        };
        let object = Object::parse(text).map_err(|_| invalid("no object"))?;
        if object.get(NO_JSON).is_some() {
            return Err(invalid("no object"));
        }
        for (name, _) in object.iter() {
            if fold(name) == fold("clientSecret") {
                return Err(OptionsError::ClientSecretRefused);
            }
            if !known.contains(&name) {
                return Err(OptionsError::Unknown { option: name.to_owned(), known });
            }
        }
        Ok(Self(object))
    }

    pub(super) fn get(&self, option: &str) -> Option<&Value<'a>> {
        self.0.get(option)
    }

    /// The error for an option with an unusable value.
    pub(super) fn invalid(&self, option: &str, takes: &'static str) -> OptionsError {
        let given = match self.get(option) {
            None => "missing".to_owned(),
            // These values show the mistake and cannot be a secret.
            Some(Value::String(text)) if SHOWN.contains(&option) => ["“", text, "”"].concat(),
            Some(Value::Number(number)) => number.as_text().to_owned(),
            Some(value) => kind(value),
        };
        OptionsError::Invalid { option: option.to_owned(), given, takes }
    }

    pub(super) fn str(&self, option: &str, takes: &'static str) -> Result<Option<&str>, OptionsError> {
        match self.get(option) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(option, takes)),
        }
    }

    pub(super) fn one_of<T>(
        &self,
        option: &str,
        takes: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, OptionsError> {
        match self.str(option, takes)? {
            None => Ok(None),
            Some(name) => read(name).map(Some).ok_or_else(|| self.invalid(option, takes)),
        }
    }

    /// A Boolean; `false` where it is left out.
    pub(super) fn flag(&self, option: &str) -> Result<bool, OptionsError> {
        match self.get(option) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.invalid(option, "true or false")),
        }
    }

    pub(super) fn whole(&self, option: &str, takes: &'static str) -> Result<Option<u32>, OptionsError> {
        let number = match self.get(option) {
            None => return Ok(None),
            Some(Value::Number(number)) => text::number(number.as_text()),
            Some(_) => None,
        };
        match number.and_then(|number| u32::try_from(number).ok()) {
            None => Err(self.invalid(option, takes)),
            number => Ok(number),
        }
    }

    /// A list of texts, none of them empty.
    pub(super) fn texts(&self, option: &str, takes: &'static str) -> Result<Vec<String>, OptionsError> {
        let Some(value) = self.get(option) else { return Ok(Vec::new()) };
        let texts = value.as_strings().filter(|texts| texts.iter().all(|text| !text.is_empty()));
        texts.ok_or_else(|| self.invalid(option, takes))
    }

    pub(super) fn origins(&self, option: &str) -> Result<Vec<String>, OptionsError> {
        let takes = "a list of origins, scheme and host only, like https://api.example";
        let Some(value) = self.get(option) else { return Ok(Vec::new()) };
        let origins = value.as_strings().ok_or_else(|| self.invalid(option, takes))?;
        let is_origin = |text: &String| AbsoluteUrl::parse(text).is_ok_and(|url| url.origin() == *text);
        match origins.iter().find(|text| !is_origin(text)) {
            Some(wrong) => {
                let given = ["a list with “", wrong, "”"].concat();
                Err(OptionsError::Invalid { option: option.to_owned(), given, takes })
            }
            None => Ok(origins),
        }
    }
}

/// The kind of a value, in words.
fn kind(value: &Value<'_>) -> String {
    let object = |text: &str| {
        let no_json = Object::parse(text).ok()?.str(NO_JSON).map(|kind| ["a ", kind].concat());
        Some(no_json.unwrap_or_else(|| "an object".to_owned()))
    };
    match value {
        Value::Object(text) => object(text).unwrap_or_default(),
        Value::Null => "null".to_owned(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a text that is not allowed".to_owned(),
        Value::Array(_) => "a list".to_owned(),
    }
}
