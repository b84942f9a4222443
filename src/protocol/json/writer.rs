//! Writes JSON that is harmless inside a script element too.

use crate::protocol::text;

/// Writes one JSON object.
#[derive(Default)]
pub struct Writer(String);

impl Writer {
    /// An empty object, with capacity for most records.
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

    /// Adds a boolean.
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

/// A text as a JSON string.
pub(crate) fn write_string(out: &mut String, value: &str) {
    // Also `<` and two line separators, so that the text is harmless inside a script element. The separators begin
    // with 0xe2, as other characters do.
    let special = |octet: u8| matches!(octet, 0..0x20 | b'"' | b'\\' | b'<' | 0xe2);
    let mut rest = value;
    out.push('"');
    // Text that needs no escape is copied in one piece.
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
