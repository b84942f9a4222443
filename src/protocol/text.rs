//! Small text readers and writers that the stages share.
//!
//! The functions of the standard library are general. Each use of a pattern, a parser or a format adds code to the
//! module, in sum more bytes for the browser than these few lines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The text before and after the first `mark`. The mark is ASCII.
#[inline(never)]
pub(crate) fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    around(text, text.bytes().position(|octet| octet == mark)?)
}

/// The text before and after the last `mark`. The mark is ASCII.
#[inline(never)]
pub(crate) fn cut_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    around(text, text.bytes().rposition(|octet| octet == mark)?)
}

fn around(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The non-empty parts of a text between the marks. The mark is ASCII.
#[inline(never)]
pub(crate) fn parts(text: &str, mark: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (part, after) = cut(text, mark).map_or((text, None), |(part, after)| (part, Some(after)));
        if !part.is_empty() {
            parts.push(part);
        }
        rest = after;
    }
    parts
}

/// The largest result of [`number`]: a double holds every integer up to it.
pub(crate) const MAX_NUMBER: i64 = 1 << 53;

/// Reads a number of digits only; the largest result is [`MAX_NUMBER`].
#[inline(never)]
pub(crate) fn number(digits: &str) -> Option<i64> {
    let mut number = 0;
    for octet in digits.bytes() {
        if !octet.is_ascii_digit() {
            return None;
        }
        number = (number * 10 + i64::from(octet - b'0')).min(MAX_NUMBER);
    }
    if digits.is_empty() { None } else { Some(number) }
}

/// A number in decimal digits.
#[inline(never)]
pub(crate) fn decimal(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut place: u64 = 1;
    while place <= rest / 10 {
        place *= 10;
    }
    let mut text = String::new();
    if number < 0 {
        text.push('-');
    }
    while place > 0 {
        text.push(char::from(b'0' + (rest / place) as u8));
        rest %= place;
        place /= 10;
    }
    text
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Appends the last `digits` hexadecimal digits of a number.
#[inline(never)]
pub(crate) fn push_hex(out: &mut String, number: u32, digits: u32) {
    for place in (0..digits).rev() {
        out.extend(char::from_digit(number >> (place * 4) & 0xf, 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// The positions of words that also occur earlier in the list.
///
/// A heap is the smallest code that is fast for all input. The words come from the network, and comparing each with
/// each takes minutes for the largest response that the client reads.
#[inline(never)]
pub(crate) fn copies(words: &[&str]) -> Vec<usize> {
    // By length first, so that few words are compared letter by letter. Of equal words, the earliest comes first.
    let mut heap: BinaryHeap<(usize, &str, Reverse<usize>)> =
        words.iter().enumerate().map(|(at, word)| (word.len(), *word, Reverse(at))).collect();
    let mut copies = Vec::new();
    let mut last = None;
    while let Some((_, word, Reverse(at))) = heap.pop() {
        if last == Some(word) {
            copies.push(at);
        }
        last = Some(word);
    }
    copies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_first_mark_or_the_last() {
        assert_eq!(cut("a.b.c", b'.'), Some(("a", "b.c")));
        assert_eq!(cut_last("a.b.c", b'.'), Some(("a.b", "c")));
        assert_eq!(cut("é.", b'.'), Some(("é", "")));
        assert_eq!((cut("abc", b'.'), cut_last("", b'.')), (None, None));
    }

    #[test]
    fn parts_that_are_empty_are_passed_over() {
        assert_eq!(parts("  a b  c ", b' '), ["a", "b", "c"]);
        assert!(parts(" ", b' ').is_empty() && parts("", b' ').is_empty());
    }

    #[test]
    fn a_number_is_digits_and_never_too_large() {
        assert_eq!(number("0042"), Some(42));
        assert_eq!(number("99999999999999999999999999"), Some(MAX_NUMBER));
        for text in ["", "+1", "-1", " 1", "1.0", "x"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_written_as_the_standard_library_writes_it() {
        for number in [0, 7, 10, 1_700_000_000, -42, 99, 100, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn hexadecimal_digits_are_read_and_written() {
        assert_eq!((hex(b'0'), hex(b'f'), hex(b'F'), hex(b'g')), (Some(0), Some(15), Some(15), None));
        let mut out = String::new();
        push_hex(&mut out, 0x2028, 4);
        push_hex(&mut out, 0x0a, 2);
        assert_eq!(out, "20280A");
    }

    #[test]
    fn a_copy_is_any_but_the_first() {
        let mut found = copies(&["a", "", "b", "a", "", "a"]);
        found.sort_unstable();
        assert_eq!(found, [3, 4, 5]);
        assert!(copies(&["a", "b"]).is_empty());
    }
}
