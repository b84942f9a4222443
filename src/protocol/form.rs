//! `application/x-www-form-urlencoded`, as RFC 6749, appendix B uses it in queries, fragments and bodies.

use std::borrow::Cow;

use super::text::{self, hex};

/// One `name=value` of a query, fragment or form body.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The pair as received, undecoded.
    pub raw: &'a str,
    /// The name, decoded once.
    pub name: Cow<'a, str>,
    /// The value, decoded once; empty if there is no `=`.
    pub value: Cow<'a, str>,
}

/// The pairs of `text`, in order. Empty pairs (`&&`) are skipped; `;` is not a separator.
pub fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    text::parts(text, b'&').into_iter().map(|raw| {
        let (name, value) = text::cut(raw, b'=').unwrap_or((raw, ""));
        Pair { raw, name: decode(name), value: decode(value) }
    })
}

/// Decodes one name or value: `+` is a space, `%XX` an octet, the result UTF-8.
///
/// A `%` without two hexadecimal digits stays, and octets that are not UTF-8 become U+FFFD, as in the URL Standard.
/// No grammar of a protocol parameter allows U+FFFD.
#[must_use]
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|octet| matches!(octet, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => octets.push(b' '),
            b'%' => match tail {
                [high, low, after @ ..] => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        octets.push(high << 4 | low);
                        rest = after;
                    }
                    _ => octets.push(b'%'),
                },
                _ => octets.push(b'%'),
            },
            other => octets.push(other),
        }
    }
    Cow::Owned(match String::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => lossy(error.as_bytes()),
    })
}

fn lossy(mut octets: &[u8]) -> String {
    let mut text = String::new();
    while let Err(error) = std::str::from_utf8(octets) {
        let (valid, rest) = octets.split_at_checked(error.valid_up_to()).unwrap_or_default();
        text.push_str(std::str::from_utf8(valid).unwrap_or_default());
        text.push('\u{fffd}');
        octets = error.error_len().and_then(|length| rest.get(length..)).unwrap_or_default();
    }
    text.push_str(std::str::from_utf8(octets).unwrap_or_default());
    text
}

/// Appends `text` to `out`, percent-encoding all but the unreserved characters of RFC 3986.
///
/// A space becomes `%20`, which every decoder reads; some decoders read `+` as a plus.
pub fn encode_into(out: &mut String, text: &str) {
    let reserved = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.' | '_' | '~');
    let mut rest = text;
    // Text that needs no encoding is copied in one piece.
    while let Some((plain, tail)) = rest.find(reserved).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        let end = tail.find(|c| !reserved(c)).unwrap_or(tail.len());
        let (encoded, tail) = tail.split_at_checked(end).unwrap_or((tail, ""));
        for octet in encoded.bytes() {
            out.push('%');
            text::push_hex(out, u32::from(octet), 2);
        }
        rest = tail;
    }
    out.push_str(rest);
}

/// Writes a form body or a query, one parameter at a time. Add each name once.
#[derive(Default)]
pub struct Form(String);

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode_into(&mut self.0, name);
        self.0.push('=');
        encode_into(&mut self.0, value);
        self
    }

    /// Adds one parameter if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The encoded text.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

/// Parameters of a request or response. None may occur twice (RFC 6749, section 3.1).
///
/// An empty parameter counts as absent, but an empty copy counts as a repetition.
pub struct Params<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Params<'a> {
    /// Reads every pair of `text`.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        Self(pairs(text).map(|pair| (pair.name, pair.value)).collect())
    }

    /// The value of `name`; `None` if absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }

    /// Whether `name` occurs, empty or not.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// Whether `name` occurs more than once.
    #[must_use]
    pub fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(found, _)| found == name).count() > 1
    }

    /// The first name that occurs more than once.
    #[must_use]
    pub fn first_repeated(&self) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_ref()).find(|name| self.repeats(name))
    }

    /// Whether there are no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every name with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_unchanged() {
        let hostile = "a&b=c+d#e%26client_id%3Devil é\u{0}";
        let written = Form::new().with("code", hostile).with("client_id", "me").finish();
        let read = Params::parse(&written);
        assert_eq!(read.get("code"), Some(hostile));
        assert_eq!(read.get("client_id"), Some("me"));
        assert!(!written.contains(['+', ' ', '#']));
    }

    #[test]
    fn a_broken_escape_stays_text() {
        assert_eq!(decode("100%&"), "100%&");
        assert_eq!(decode("%4"), "%4");
        assert_eq!(decode("%zz"), "%zz");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn octets_that_are_no_text_become_what_the_standard_library_makes_of_them() {
        for octets in [&b"a\xffb"[..], b"\xe2\x82", b"\xe2\x82a\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc3\xa9\xc3"] {
            assert_eq!(lossy(octets), String::from_utf8_lossy(octets));
        }
    }
}
