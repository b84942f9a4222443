//! JSON as the protocol needs it: one object, read strictly.
//!
//! Not serde_json, for four rules of this room: a repeated member is refused (two readers would take two
//! values), a number keeps its text (`1e400` is no lifetime), nesting of any depth costs no stack, and the
//! whole costs a fifth of the bytes. Nested values stay text until somebody reads them.

use std::borrow::Cow;

use super::explain::explained_errors;
use super::text::{self, MAX_NUMBER};

explained_errors! {
    /// Why octets are no JSON object.
    JsonError {
        NotUtf8 = "not_utf8": "The answer is not text.", "It is not UTF-8, so nothing in it can be trusted to mean what it seems.", "Tell whoever runs the authorizer.";
        NotJson = "not_json": "The answer is not JSON.", "Something other than the authorizer may have answered, for example a proxy or an error page.", "Open the address in a tab and look at what answers.";
        NotObject = "not_object": "The answer is JSON, but not an object.", "The authorizer breaks the protocol here.", "Tell whoever runs the authorizer.";
        DuplicateMember = "duplicate_member": "The answer names one thing twice.", "Two readers would take two different values, so it was not used.", "Tell whoever runs the authorizer.";
    }
}

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

    /// The strings of an array of nothing but strings.
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

    /// The number without its fraction, clamped to ±2^53; `None` where it is beyond what a double can hold.
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
        // Where the point stands, counted from the first significant digit.
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

/// The text of a JSON document, without the byte order mark that one reader passes over and another one refuses
/// (RFC 8259, section 8.1). Whoever hands a document on hands on this text.
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
    /// Reads octets that must be one object and nothing else. A byte order mark is passed over.
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
        let mut reader = Reader { text, at: 0 };
        reader.white_space();
        if reader.peek() != Some(b'{') {
            reader.value()?;
            reader.end()?;
            return Err(JsonError::NotObject);
        }
        reader.at += 1;
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
    let mut reader = Reader { text, at: 0 };
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

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, octet: u8) -> Result<(), JsonError> {
        if self.take(octet) { Ok(()) } else { Err(JsonError::NotJson) }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        self.white_space();
        if self.peek().is_none() { Ok(()) } else { Err(JsonError::NotJson) }
    }

    fn since(&self, start: usize) -> Result<&'a str, JsonError> {
        self.text.get(start..self.at).ok_or(JsonError::NotJson)
    }

    fn value(&mut self) -> Result<Value<'a>, JsonError> {
        self.white_space();
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                self.skip_nested()?;
                Ok(Value::Object(self.since(start)?))
            }
            Some(b'[') => {
                self.skip_nested()?;
                Ok(Value::Array(self.since(start)?))
            }
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Result<Value<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => {
                for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
                {
                    if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(JsonError::NotJson)
            }
        }
    }

    /// Checks one object or array of any depth. The stack of open brackets is ours, not the program's.
    fn skip_nested(&mut self) -> Result<(), JsonError> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.white_space();
            if self.take(b'{') {
                self.white_space();
                if !self.take(b'}') {
                    open.push(b'}');
                    self.name()?;
                    continue;
                }
            } else if self.take(b'[') {
                self.white_space();
                if !self.take(b']') {
                    open.push(b']');
                    continue;
                }
            } else {
                self.scalar()?;
            }
            // A value is complete: close what closes, or go on to the next one.
            loop {
                self.white_space();
                match open.last() {
                    None => return Ok(()),
                    Some(&close) if self.take(close) => {
                        open.pop();
                    }
                    Some(&close) => {
                        self.expect(b',')?;
                        if close == b'}' {
                            self.name()?;
                        }
                        break;
                    }
                }
            }
        }
    }

    fn name(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.string()?;
        self.white_space();
        self.expect(b':')
    }

    fn number(&mut self) -> Result<Number<'a>, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        self.since(start).map(Number)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(JsonError::NotJson) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.expect(b'"')?;
        let mut owned = String::new();
        let mut start = self.at;
        loop {
            let special = |octet: &u8| matches!(octet, b'"' | b'\\' | 0..0x20);
            let plain = self.text.as_bytes().get(self.at..).and_then(|rest| rest.iter().position(special));
            self.at += plain.ok_or(JsonError::NotJson)?;
            match self.peek() {
                Some(b'"') => {
                    let tail = self.since(start)?;
                    self.at += 1;
                    if owned.is_empty() {
                        return Ok(Cow::Borrowed(tail));
                    }
                    owned.push_str(tail);
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => {
                    owned.push_str(self.since(start)?);
                    self.at += 1;
                    owned.push(self.escape()?);
                    start = self.at;
                }
                _ => return Err(JsonError::NotJson),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let octet = self.peek().ok_or(JsonError::NotJson)?;
        self.at += 1;
        Ok(match octet {
            b'"' | b'\\' | b'/' => char::from(octet),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&unit) {
                    // A high surrogate means something only with the low one behind it.
                    self.expect(b'\\')?;
                    self.expect(b'u')?;
                    let low = self.unit()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(JsonError::NotJson);
                    }
                    0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    unit
                };
                char::from_u32(code).ok_or(JsonError::NotJson)?
            }
            _ => return Err(JsonError::NotJson),
        })
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(text::hex).ok_or(JsonError::NotJson)?;
            unit = unit * 16 + u32::from(digit);
            self.at += 1;
        }
        Ok(unit)
    }
}

/// Writes one JSON object.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    /// An empty object, with room for the members of most.
    #[must_use]
    pub fn new() -> Self {
        Self(String::with_capacity(512))
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        write_string(&mut self.0, name);
        self.0.push(':');
    }

    /// Adds a string.
    #[must_use]
    pub fn str(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        write_string(&mut self.0, value);
        self
    }

    /// Adds a string if there is one.
    #[must_use]
    pub fn some_str(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.str(name, value),
            None => self,
        }
    }

    /// Adds a whole number.
    #[must_use]
    pub fn int(self, name: &str, value: i64) -> Self {
        self.raw(name, &text::decimal(value))
    }

    /// Adds a truth value.
    #[must_use]
    pub fn bool(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// Adds an array of strings.
    #[must_use]
    pub fn strings<'s>(self, name: &str, values: impl IntoIterator<Item = &'s str>) -> Self {
        let mut list = String::from("[");
        for value in values {
            if list.len() > 1 {
                list.push(',');
            }
            write_string(&mut list, value);
        }
        list.push(']');
        self.raw(name, &list)
    }

    /// Adds a value that is JSON already.
    #[must_use]
    pub fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// The text.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

fn write_string(out: &mut String, value: &str) {
    // `<` and two line ends too, so that the text is harmless even inside a script element. They begin with 0xe2, as others do.
    let special = |octet: u8| matches!(octet, 0..0x20 | b'"' | b'\\' | b'<' | 0xe2);
    let mut rest = value;
    out.push('"');
    // What needs no escape is copied in one piece.
    while let Some((plain, tail)) = rest.bytes().position(special).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        let mut tail = tail.chars();
        match tail.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some(c @ ('\0'..='\u{1f}' | '<' | '\u{2028}' | '\u{2029}')) => {
                out.push_str("\\u");
                text::push_hex(out, u32::from(c), 4);
            }
            other => out.extend(other),
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
    out.push('"');
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

    /// Comparing each name with each would be 45 billion comparisons here: a test that never ends.
    #[test]
    fn a_repeated_name_is_found_among_a_hundred_thousand_in_no_time() {
        let members = |count: u32| (0..count).map(|n| format!("\"{n:x}\":0")).collect::<Vec<_>>().join(",");
        let large = format!("{{{}}}", members(300_000));
        assert_eq!(Object::parse(&large).unwrap().iter().count(), 300_000);
        let repeated = format!("{{\"7f\":1,{}}}", members(100_000));
        assert_eq!(Object::parse(&repeated), Err(JsonError::DuplicateMember));
    }
}
