//! The signing keys of one installation and their rotation (OpenID Connect Core, section 10.1.1).

/// How long a key signs, in seconds: 30 days.
const KEY_LIFE: i64 = 30 * 86_400;

/// Up to three keys, of which one signs. All are in the key set: the next key early, so that a client with a fetched
/// set knows it already, and the previous key for what it has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing<K> {
    /// The key that signed before, if there was one.
    pub previous: Option<K>,
    /// The key that signs.
    pub current: K,
    /// The key that will sign.
    pub next: K,
    /// Since when the current key signs, in seconds since the epoch.
    pub since: i64,
}

impl<K> KeyRing<K> {
    /// Whether the rotation is due, also if the clock was set back to before the last one.
    #[must_use]
    pub fn is_due(&self, now: i64) -> bool {
        !(self.since..self.since.saturating_add(KEY_LIFE)).contains(&now)
    }

    /// Makes the next key the current key, and `fresh` the next key.
    #[must_use]
    pub fn rotated(self, fresh: K, now: i64) -> Self {
        Self { previous: Some(self.current), current: self.next, next: fresh, since: now }
    }

    /// The keys of the key set that do not sign.
    pub fn others(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.next).chain(&self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_next_then_signs_then_stays_for_one_more_turn() {
        let mut keys = KeyRing { previous: None, current: 1, next: 2, since: 0 };
        let mut seen = Vec::new();
        for fresh in 3..6 {
            seen.push((keys.current, keys.others().copied().collect::<Vec<_>>()));
            keys = keys.rotated(fresh, 0);
        }
        assert_eq!(seen, [(1, vec![2]), (2, vec![3, 1]), (3, vec![4, 2])]);
    }

    #[test]
    fn a_key_signs_for_thirty_days() {
        let keys = KeyRing { previous: None, current: 1, next: 2, since: 1_000 };
        assert!(!keys.is_due(1_000) && !keys.is_due(1_000 + 30 * 86_400 - 1));
        assert!(keys.is_due(1_000 + 30 * 86_400) && keys.is_due(999));
        assert_eq!(keys.rotated(3, 5).since, 5);
    }
}
