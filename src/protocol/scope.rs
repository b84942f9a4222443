//! Scopes (RFC 6749, section 3.3): an unordered set of case-sensitive words.

use super::text;

/// A set of scopes in the order of the request: each word once, separated by one space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "String", into = "String"))]
pub struct Scope(String);

impl Scope {
    /// Reads a space-separated list. A repeated word counts once, at its first position.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words = text::parts(text, b' ');
        for at in text::copies(&words) {
            if let Some(copy) = words.get_mut(at) {
                *copy = "";
            }
        }
        let mut scope = Self::default();
        words.into_iter().for_each(|word| scope.add(word));
        scope
    }

    fn add(&mut self, word: &str) {
        if !self.is_empty() && !word.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(word);
    }

    /// The words, separated by spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the set contains `word`.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.words().contains(&word)
    }

    /// Whether every word of this set is also in `other`.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        are_among(&self.words(), &other.words()).into_iter().all(|is_there| is_there)
    }

    /// This set in the order of `asked`; words that are not in `asked` come last.
    #[must_use]
    pub fn in_order_of(&self, asked: &Self) -> Self {
        let (ours, asked) = (self.words(), asked.words());
        let mut scope = Self::default();
        let granted = asked.iter().zip(are_among(&asked, &ours)).filter(|(_, is_ours)| *is_ours);
        granted.for_each(|(word, _)| scope.add(word));
        let unasked = ours.iter().zip(are_among(&ours, &asked)).filter(|(_, was_asked)| !was_asked);
        unasked.for_each(|(word, _)| scope.add(word));
        scope
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        text::parts(&self.0, b' ')
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// For each of `words`, which do not repeat, whether it is in `known`. Both may come from the network.
fn are_among(words: &[&str], known: &[&str]) -> Vec<bool> {
    let mut found = vec![false; words.len()];
    for at in text::copies(&[known, words].concat()) {
        if let Some(found) = at.checked_sub(known.len()).and_then(|at| found.get_mut(at)) {
            *found = true;
        }
    }
    found
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_once_and_stays_where_it_stood_first() {
        let scope = Scope::parse("  openid profile openid  email Openid profile ");
        assert_eq!(scope.words(), ["openid", "profile", "email", "Openid"]);
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
        assert_eq!(scope.words().len(), count);
        assert_eq!(scope.to_string(), text);
    }

    #[test]
    fn a_set_is_compared_and_put_in_order_word_by_word() {
        let asked = Scope::parse("openid profile email");
        let granted = Scope::parse("extra email openid Profile");
        assert_eq!(granted.in_order_of(&asked).words(), ["openid", "email", "extra", "Profile"]);
        assert!(Scope::parse("email openid").is_subset_of(&asked));
        assert!(Scope::default().is_subset_of(&asked) && !asked.is_subset_of(&Scope::default()));
        assert!(!granted.is_subset_of(&asked));
    }

    /// A refresh compares the scopes granted before and now: both come from the authorizer.
    #[test]
    fn two_megabytes_of_words_are_compared_in_no_time() {
        let words: Vec<String> = (0..150_000).map(|number| format!("{number:x}")).collect();
        let before = Scope::parse(&words.join(" "));
        let now = Scope::parse(&words.iter().rev().map(String::as_str).collect::<Vec<_>>().join(" "));
        assert!(now.is_subset_of(&before));
        assert_eq!(now.in_order_of(&before), before);
    }
}
