//! Reads JSON by its grammar (RFC 8259).

use std::borrow::Cow;

use super::{JsonError, Number, Value};
use crate::protocol::text;

/// A position in a JSON text.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn take(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, octet: u8) -> Result<(), JsonError> {
        if self.take(octet) { Ok(()) } else { Err(JsonError::NotJson) }
    }

    pub(super) fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        self.white_space();
        if self.peek().is_none() { Ok(()) } else { Err(JsonError::NotJson) }
    }

    pub(super) fn since(&self, start: usize) -> Result<&'a str, JsonError> {
        self.text.get(start..self.at).ok_or(JsonError::NotJson)
    }

    pub(super) fn value(&mut self) -> Result<Value<'a>, JsonError> {
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

    pub(super) fn scalar(&mut self) -> Result<Value<'a>, JsonError> {
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

    /// Checks one object or array of any depth. Open brackets are on the heap, not on the stack.
    pub(super) fn skip_nested(&mut self) -> Result<(), JsonError> {
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
            // A value is complete: close brackets, or continue with the next value.
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

    pub(super) fn name(&mut self) -> Result<(), JsonError> {
        self.white_space();
        self.string()?;
        self.white_space();
        self.expect(b':')
    }

    pub(super) fn number(&mut self) -> Result<Number<'a>, JsonError> {
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

    pub(super) fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(JsonError::NotJson) }
    }

    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
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

    pub(super) fn escape(&mut self) -> Result<char, JsonError> {
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
                    // A high surrogate is valid only with a low one after it.
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

    pub(super) fn unit(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(text::hex).ok_or(JsonError::NotJson)?;
            unit = unit * 16 + u32::from(digit);
            self.at += 1;
        }
        Ok(unit)
    }
}
