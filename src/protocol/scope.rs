//! Scopes (RFC 6749, section 3.3): an unordered set of case-sensitive words.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A set of scopes that remembers the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "String", into = "String"))]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a space-separated list; a word that stands twice counts once, where it stood first.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        // A heap for the reason that the members of an object have one: the list may come from the network.
        let mut heap: BinaryHeap<(&str, Reverse<usize>)> =
            words.iter().enumerate().map(|(at, word)| (*word, Reverse(at))).collect();
        let mut last = "";
        while let Some((word, Reverse(at))) = heap.pop() {
            // Of equal words, the first comes first.
            if word == last
                && let Some(copy) = words.get_mut(at)
            {
                *copy = "";
            }
            last = word;
        }
        Self(words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    /// Whether the set has `word`.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|known| known == word)
    }

    /// Whether every word of this set is also in `other`.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|word| other.contains(word))
    }

    /// This set in the order of `asked`, words that were not asked for last.
    #[must_use]
    pub fn in_order_of(&self, asked: &Self) -> Self {
        let known = asked.0.iter().filter(|word| self.contains(word));
        let extra = self.0.iter().filter(|word| !asked.contains(word));
        Self(known.chain(extra).cloned().collect())
    }

    /// The words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_once_and_stays_where_it_stood_first() {
        let scope = Scope::parse("  openid profile openid  email Openid profile ");
        assert_eq!(scope.words().collect::<Vec<_>>(), ["openid", "profile", "email", "Openid"]);
        assert!(Scope::parse("   ").is_empty());
    }

    /// Comparing each word with each takes minutes here.
    #[test]
    fn a_megabyte_of_words_is_read_in_no_time() {
        let count = 150_000;
        let text: Vec<String> = (0..count).map(|number| format!("{number:x}")).collect();
        let text = text.join(" ");
        assert!(text.len() > 800_000);
        let scope = Scope::parse(&format!("{text} {text}"));
        assert_eq!(scope.words().count(), count);
        assert_eq!(scope.to_string(), text);
    }
}
