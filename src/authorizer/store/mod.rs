//! The records of the authorizer by kind, issuer and id, as the JSON texts that are persisted.
//!
//! Memory and disk hold the same texts, so a restart changes nothing.

pub(super) mod grant;
pub(super) mod members;
pub(super) mod request;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::protocol::base64url;
use crate::protocol::json::{Object, Value, Writer};

use members::Member;

/// Seconds between two sweeps of expired records.
const SWEEP_INTERVAL: i64 = 60;

/// The most records: those of 20,000 logins. Beyond it, those that were written first are forgotten before they expire, so
/// that the memory of a long test does not grow.
const MOST_RECORDS: u64 = 100_000;

/// Member of every record: when it may be forgotten, in seconds since the epoch.
const FORGET_AT: &str = "forget_at";

/// One change that has to be persisted before the response is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The record's key.
    pub key: String,
    /// Its new text; `None` deletes the record.
    pub value: Option<String>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.key.split('/').next();
        f.debug_struct("Change").field("kind", &kind).field("deleted", &self.value.is_none()).finish_non_exhaustive()
    }
}

/// One kind of record.
pub(super) trait Record: Member {
    /// First part of the key.
    const KIND: &'static str;
    /// When it may be forgotten, in seconds since the epoch.
    fn forget_at(&self) -> i64;
}

/// The name under which a secret is stored: its SHA-256, which does not reveal it.
pub(super) fn digest(secret: &str) -> String {
    base64url::encode(&Sha256::digest(secret.as_bytes()))
}

struct Entry {
    forget_at: i64,
    /// How many records were written before it.
    written: u64,
    text: String,
}

pub(super) struct Store {
    entries: BTreeMap<String, Entry>,
    /// In order; a later change of the same key counts.
    changes: Vec<Change>,
    written: u64,
    now: i64,
    swept: i64,
}

impl Store {
    /// Loads the persisted records. A record that cannot be read is deleted.
    pub(super) fn new(records: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut store = Self { entries: BTreeMap::new(), changes: Vec::new(), written: 0, now: 0, swept: i64::MIN };
        for (key, text) in records {
            let forget_at =
                Object::parse(&text).ok().and_then(|object| object.get(FORGET_AT).and_then(Value::as_whole));
            match forget_at {
                Some(forget_at) => {
                    store.entries.insert(key, Entry { forget_at, written: store.written, text });
                    store.written += 1;
                }
                None => store.changes.push(Change { key, value: None }),
            }
        }
        store
    }

    /// Sets the time of the request that is answered now.
    pub(super) fn begin(&mut self, now: i64) {
        self.now = now;
        let is_full = self.entries.len() as u64 > MOST_RECORDS;
        // Sweeps also if the clock was set back.
        if !is_full && (self.swept..self.swept.saturating_add(SWEEP_INTERVAL)).contains(&now) {
            return;
        }
        self.swept = now;
        // More than has to be, so that the next sweep is not the next request's.
        let oldest = if is_full { self.written.saturating_sub(MOST_RECORDS / 2) } else { 0 };
        let changes = &mut self.changes;
        self.entries.retain(|key, entry| {
            let alive = entry.forget_at > now && entry.written >= oldest;
            if !alive {
                changes.push(Change { key: key.clone(), value: None });
            }
            alive
        });
    }

    pub(super) fn get<R: Record>(&self, issuer: &str, id: &str) -> Option<R> {
        self.read(self.entries.get(&key::<R>(issuer, id))?)
    }

    pub(super) fn put<R: Record>(&mut self, issuer: &str, id: &str, record: &R) {
        let forget_at = record.forget_at();
        let text = record.write("", Writer::new().int(FORGET_AT, forget_at)).finish();
        let key = key::<R>(issuer, id);
        self.changes.push(Change { key: key.clone(), value: Some(text.clone()) });
        self.entries.insert(key, Entry { forget_at, written: self.written, text });
        self.written += 1;
    }

    pub(super) fn remove<R: Record>(&mut self, issuer: &str, id: &str) {
        let key = key::<R>(issuer, id);
        if self.entries.remove(&key).is_some() {
            self.changes.push(Change { key, value: None });
        }
    }

    /// Returns the record and removes it: it can never be taken again.
    pub(super) fn take<R: Record>(&mut self, issuer: &str, id: &str) -> Option<R> {
        let record = self.get(issuer, id);
        self.remove::<R>(issuer, id);
        record
    }

    /// Every record of that kind at that issuer, with its id.
    pub(super) fn all<R: Record>(&self, issuer: &str) -> Vec<(String, R)> {
        let prefix = key::<R>(issuer, "");
        let from_prefix = self.entries.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        from_prefix
            .filter_map(|(key, entry)| Some((key.strip_prefix(&prefix)?.to_owned(), self.read(entry)?)))
            .collect()
    }

    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn read<R: Record>(&self, entry: &Entry) -> Option<R> {
        if entry.forget_at <= self.now {
            return None;
        }
        R::read("", &Object::parse(&entry.text).ok()?)
    }
}

fn key<R: Record>(issuer: &str, id: &str) -> String {
    [R::KIND, "/", issuer, "/", id].concat()
}

#[cfg(test)]
mod tests {
    use super::grant::SpentChallenge;
    use super::*;

    #[test]
    fn beyond_the_limit_the_records_that_were_written_first_are_forgotten() {
        let mut store = Store::new([]);
        store.begin(0);
        let (forever, soon) = (SpentChallenge { until: i64::MAX }, SpentChallenge { until: 10 });
        store.put("", "first", &forever);
        store.put("", "written again", &forever);
        for n in 0..MOST_RECORDS {
            store.put("", &n.to_string(), &forever);
        }
        store.put("", "written again", &forever);
        store.put("", "last", &soon);
        store.take_changes();

        store.begin(1);
        assert!(store.entries.len() as u64 <= MOST_RECORDS);
        assert!(store.get::<SpentChallenge>("", "first").is_none());
        for kept in ["last", "written again"] {
            assert!(store.get::<SpentChallenge>("", kept).is_some(), "{kept}");
        }
        let first = Change { key: key::<SpentChallenge>("", "first"), value: None };
        assert!(store.take_changes().contains(&first), "it is forgotten on disk too");
    }
}
