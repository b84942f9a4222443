//! JSON as the protocol needs it: one object, read strictly.
//!
//! Four reasons not to use serde_json: this parser refuses a repeated member (two readers would take two values), a
//! number keeps its text (`1e400` is not a lifetime), nesting of any depth uses no stack, and the code has a fifth of
//! the bytes. Nested values stay text until a caller reads them.

mod reader;
mod writer;

use std::borrow::Cow;

use super::explain::explained_errors;
use super::text::{self, MAX_NUMBER};
use reader::Reader;

pub(crate) use writer::write_string;

pub use writer::Writer;

explained_errors! {
    /// Why octets are not a JSON object.
    JsonError {
        NotUtf8 = "not_utf8": "The answer is not text.", "It is not UTF-8, so it was not used.", "Tell the operator of the authorizer.";
        NotJson = "not_json": "The answer is not JSON.", "A page or a proxy may have answered instead.", "Open the address in a tab and look at the answer.";
        NotObject = "not_object": "The answer is JSON, but not an object.", "The authorizer breaks the protocol.", "Tell the operator of the authorizer.";
        DuplicateMember = "duplicate_member": "The answer repeats a member.", "Two programs could read different values. It was not used.", "Tell the operator of the authorizer.";
    }
}

/// Converts every [`JsonError`] to the error variant of the same name, which has texts of its own.
macro_rules! errors_of_json {
    ($error:ident) => {
        $crate::protocol::explain::same_names! {
            $crate::protocol::json::JsonError => $error { NotUtf8, NotJson, NotObject, DuplicateMember, }
        }
    };
}
pub(super) use errors_of_json;

/// One value of an object or array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as its text.
    Number(Number<'a>),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array, as its text: see [`array()`].
    Array(&'a str),
    /// An object, as its text: see [`Object::parse`].
    Object(&'a str),
}

impl<'a> Value<'a> {
    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is a number: see [`Number::whole`].
    #[must_use]
    pub fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.whole(),
            _ => None,
        }
    }

    /// The strings of an array that contains only strings.
    #[must_use]
    pub fn as_strings(&self) -> Option<Vec<String>> {
        let Self::Array(text) = self else { return None };
        let mut strings = Vec::new();
        for value in array(text).ok()? {
            strings.push(value.as_str()?.to_owned());
        }
        Some(strings)
    }
}

/// A number as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a>(&'a str);

impl Number<'_> {
    /// The number as it was written.
    #[must_use]
    pub fn as_text(&self) -> &str {
        self.0
    }

    /// The number without its fraction, clamped to ±2^53; `None` if a double cannot hold it.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        let (sign, text) = self.0.strip_prefix('-').map_or((1, self.0), |rest| (-1, rest));
        let (mantissa, exponent) = text::cut(text, b'e').or_else(|| text::cut(text, b'E')).unwrap_or((text, "0"));
        let (whole, fraction) = text::cut(mantissa, b'.').unwrap_or((mantissa, ""));
        let significant = [whole, fraction].concat();
        let digits = significant.bytes().position(|octet| octet != b'0').and_then(|at| significant.get(at..));
        let digits = digits.unwrap_or_default();
        if digits.is_empty() {
            return Some(0);
        }
        let leading_zeros = significant.len().saturating_sub(digits.len());
        // The position of the decimal point, counted from the first significant digit.
        let exponent = match exponent.strip_prefix('-') {
            Some(digits) => -text::number(digits)?,
            None => text::number(exponent.strip_prefix('+').unwrap_or(exponent))?,
        };
        let point =
            i64::try_from(whole.len()).ok()? - i64::try_from(leading_zeros).ok()? + exponent.clamp(-100_000, 100_000);
        if point > 309 {
            return None;
        }
        let mut value: i64 = 0;
        let mut digits = digits.bytes();
        for _ in 0..point.max(0) {
            let digit = digits.next().map_or(0, |octet| i64::from(octet - b'0'));
            value = (value * 10 + digit).min(MAX_NUMBER);
        }
        Some(sign * value)
    }
}

/// The text of a JSON document without the byte order mark, which some readers skip and others refuse (RFC 8259,
/// section 8.1). Pass on this text, not the octets.
///
/// # Errors
/// [`JsonError::NotUtf8`].
pub fn document(octets: &[u8]) -> Result<&str, JsonError> {
    let text = std::str::from_utf8(octets).map_err(|_| JsonError::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The members of one object, each name once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// Reads octets that must be one object and nothing else. Skips a byte order mark.
    ///
    /// # Errors
    /// [`JsonError`], first of all if the octets are not UTF-8.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, JsonError> {
        Self::parse(document(octets)?)
    }

    /// Reads text that must be one object and nothing else.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(text);
        reader.white_space();
        if !reader.take(b'{') {
            reader.value()?;
            reader.end()?;
            return Err(JsonError::NotObject);
        }
        let mut members: Vec<(Cow<'a, str>, Value<'a>)> = Vec::with_capacity(16);
        reader.white_space();
        if reader.take(b'}') {
            reader.end()?;
            return Ok(Self(members));
        }
        loop {
            reader.white_space();
            let name = reader.string()?;
            reader.white_space();
            reader.expect(b':')?;
            let value = reader.value()?;
            members.push((name, value));
            reader.white_space();
            if reader.take(b'}') {
                break;
            }
            reader.expect(b',')?;
        }
        reader.end()?;
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
        if !text::copies(&names).is_empty() { Err(JsonError::DuplicateMember) } else { Ok(Self(members)) }
    }

    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The string under `name`, if there is one.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Whether there is a string under each of the names.
    #[must_use]
    pub fn has_strings(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.str(name).is_some())
    }

    /// Every member, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// Reads the text of one array.
///
/// # Errors
/// [`JsonError::NotJson`] for anything else.
pub fn array(text: &str) -> Result<Vec<Value<'_>>, JsonError> {
    let mut reader = Reader::new(text);
    let mut values = Vec::new();
    reader.white_space();
    reader.expect(b'[')?;
    reader.white_space();
    if !reader.take(b']') {
        loop {
            values.push(reader.value()?);
            reader.white_space();
            if reader.take(b']') {
                break;
            }
            reader.expect(b',')?;
        }
    }
    reader.end()?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_unchanged() {
        let text = "quote \" slash \\ line\n<script> \u{2028}€ é 😀 \u{1}";
        let written = Writer::new().str("a", text).int("n", -7).bool("b", true).strings("l", ["x", "y\""]).finish();
        assert!(written.contains("\\u003Cscript> \\u2028€ é 😀 \\u0001"));
        let read = Object::parse(&written).unwrap();
        assert_eq!(read.str("a"), Some(text));
        assert_eq!(read.get("n").and_then(Value::as_whole), Some(-7));
        assert_eq!(read.get("l").and_then(Value::as_strings), Some(vec!["x".to_owned(), "y\"".to_owned()]));
        assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok());
    }

    #[test]
    fn numbers_lose_their_fraction_and_are_clamped() {
        let whole = |text: &str| Object::parse(&format!("{{\"n\":{text}}}")).unwrap().get("n").unwrap().as_whole();
        assert_eq!(whole("3599.7"), Some(3599));
        assert_eq!(whole("-0"), Some(0));
        assert_eq!(whole("1.5e3"), Some(1500));
        assert_eq!(whole("0.0015e4"), Some(15));
        assert_eq!(whole("123e-2"), Some(1));
        assert_eq!(whole("1e300"), Some(1 << 53));
        assert_eq!(whole("1e400"), None);
        assert_eq!(whole("-1e99999999999999999999"), None);
        assert_eq!(whole("1e-99999999999999999999"), Some(0));
    }

    #[test]
    fn grammar_is_that_of_the_rfc() {
        for bad in [
            "",
            "{",
            "{}x",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":.5}",
            "{'a':1}",
            "{\"a\":1,}",
            "{\"a\":[1,]}",
            "{\"a\":[}",
            "{\"a\":{]}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\n\"}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":+1}",
            "{\"a\":tru}",
            "{\"\\u12\":1}",
        ] {
            assert_eq!(Object::parse(bad), Err(JsonError::NotJson), "{bad}");
        }
        assert_eq!(Object::parse("[1]"), Err(JsonError::NotObject));
        assert_eq!(Object::parse("{\"a\":1,\"\\u0061\":2}"), Err(JsonError::DuplicateMember));
        assert!(Object::parse(" {\"a\" : {\"b\":[{},[],[[1,{\"c\":null}]]]} , \"d\":false } ").is_ok());
    }

    /// Comparing each name with each would take 45 billion comparisons: the test would not end.
    #[test]
    fn a_repeated_name_is_found_among_a_hundred_thousand_in_no_time() {
        let members = |count: u32| (0..count).map(|n| format!("\"{n:x}\":0")).collect::<Vec<_>>().join(",");
        let large = format!("{{{}}}", members(300_000));
        assert_eq!(Object::parse(&large).unwrap().iter().count(), 300_000);
        let repeated = format!("{{\"7f\":1,{}}}", members(100_000));
        assert_eq!(Object::parse(&repeated), Err(JsonError::DuplicateMember));
    }
}
