//! The table of switches: every misbehaviour that the issuer can switch on.

mod edits;
mod names;
mod table;

pub use edits::{Change, Document, Edit};
pub use names::Switch;
pub use table::SWITCHES;

/// The kind of misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchKind {
    /// The server lets an attacker through.
    Weakness,
    /// The server misleads or fails the client.
    Fault,
    /// The server demands or does more than it must, as some servers do. A client that can do all of it gets through.
    Demand,
}

/// What the client has to ask for, so that a switch does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it shows in any login.
    Nothing,
    /// Tokens bound to a key (RFC 9449).
    Dpop,
    /// A signed authorization response (JARM).
    Jarm,
    /// A pushed authorization request (RFC 9126).
    PushedRequests,
}

/// When a fault shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From the metadata to the session.
    Login,
    /// At a refresh.
    Refresh,
    /// At UserInfo.
    UserInfo,
    /// At a sign-out.
    Logout,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchRow {
    /// The switch.
    pub switch: Switch,
    /// Its name in the issuer.
    pub name: &'static str,
    /// What kind it is.
    pub kind: SwitchKind,
    /// The id of the check that a weakness removes, a fault breaks or a demand makes stricter.
    pub check: &'static str,
    /// What the server then does, in one sentence.
    pub text: &'static str,
    /// The changes of documents that do it; empty where code does.
    pub edits: &'static [Edit],
}

/// What else is known of a switch. A table of its own, so that an app which does not show it does not load it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchNotes {
    /// The rule, for example `RFC 9207, section 2.4`.
    pub section: &'static str,
    /// What a safe client or, of a weakness, a safe server does about it.
    pub safe: &'static str,
    /// The code with which this client refuses a fault; empty where there is none.
    pub reason: &'static str,
    /// The module of the OpenID Foundation's conformance suite that tests the same of a client; empty where none is known.
    pub module: &'static str,
    /// What the client has to ask for.
    pub needs: Needs,
    /// When it shows.
    pub stage: Stage,
}

impl SwitchRow {
    const fn new(
        switch: Switch,
        name: &'static str,
        kind: SwitchKind,
        check: &'static str,
        text: &'static str,
    ) -> Self {
        Self { switch, name, kind, check, text, edits: &[] }
    }
}

impl SwitchNotes {
    const fn new(section: &'static str, safe: &'static str) -> Self {
        Self { section, safe, reason: "", module: "", needs: Needs::Nothing, stage: Stage::Login }
    }
}

impl Switch {
    const fn bit(self) -> u128 {
        1 << self as u128
    }

    /// What else is known of it.
    #[must_use]
    pub fn notes(self) -> &'static SwitchNotes {
        // Both tables come from the same rows; a test holds them together.
        table::NOTES.get(self as usize).unwrap_or(&NO_NOTES)
    }
}

const NO_NOTES: SwitchNotes = SwitchNotes::new("", "");

/// The switches of one issuer. The strict issuer has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behaviour(u128);

impl Behaviour {
    /// Reads `a+b`, the names after `~` in the path of the issuer.
    ///
    /// # Errors
    /// The first name that is not in the table: an unknown name is not ignored.
    pub fn parse(names: &str) -> Result<Self, &str> {
        names.split('+').try_fold(Self::default(), |behaviour, name| {
            let row = SWITCHES.iter().find(|row| row.name == name).ok_or(name)?;
            Ok(Self(behaviour.0 | row.switch.bit()))
        })
    }

    /// Whether the switch is on.
    #[must_use]
    pub const fn has(self, switch: Switch) -> bool {
        self.0 & switch.bit() != 0
    }

    /// The rows of the switches that are on.
    pub fn rows(self) -> impl Iterator<Item = &'static SwitchRow> {
        SWITCHES.iter().filter(move |row| self.has(row.switch))
    }
}

/// The names that are most like one that does not exist, three at most: by the words that they share, then by how they
/// begin.
#[must_use]
pub fn near(name: &str) -> Vec<&'static str> {
    let score = |known: &str| {
        let words = known.split('-').filter(|word| word.len() > 2 && name.contains(word)).count();
        let begin = known.bytes().zip(name.bytes()).take_while(|(known, given)| known == given).count();
        10 * words + if begin > 2 { begin } else { 0 }
    };
    let mut near: Vec<(usize, &str)> = SWITCHES.iter().map(|row| (score(row.name), row.name)).collect();
    near.retain(|(score, _)| *score > 0);
    near.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_switches_exactly_its_own_row() {
        assert!(SWITCHES.len() <= 128);
        for (index, row) in SWITCHES.iter().enumerate() {
            let on: Vec<_> = Behaviour::parse(row.name).unwrap().rows().collect();
            assert_eq!(on, [row]);
            assert!(
                row.name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-'),
                "{}",
                row.name
            );
            assert_eq!(row.switch as usize, index, "{} is not where its name is", row.name);
            assert!(row.switch.notes().section.len() > 5 && row.switch.notes().safe.ends_with('.'), "{}", row.name);
        }
        assert_eq!(SWITCHES.len(), table::NOTES.len());
    }

    #[test]
    fn an_unknown_name_is_named_and_nothing_is_switched() {
        assert_eq!(Behaviour::parse("no-iss+nonsense+wrong-iss"), Err("nonsense"));
        assert_eq!(Behaviour::parse(""), Err(""));
        assert_eq!(Behaviour::parse("no-iss+"), Err(""));
    }

    #[test]
    fn a_name_that_is_nearly_right_leads_to_the_right_one() {
        assert_eq!(near("wrong-isss").first(), Some(&"wrong-iss"));
        assert_eq!(near("no-is").first(), Some(&"no-iss"));
        assert_eq!(near("pkce").first(), Some(&"pkce-optional"));
        assert!(near("nonce-wrong").contains(&"wrong-nonce"), "{:?}", near("nonce-wrong"));
        assert!(near("zzzzzzzzzzzzzzzz").is_empty(), "{:?}", near("zzzzzzzzzzzzzzzz"));
        assert!(near(&"x".repeat(100_000)).is_empty());
    }

    #[test]
    fn an_edit_changes_its_member_alone() {
        let json = || r#"{"sub":"a","n":7,"l":[1,"x"],"o":{"p":null},"t":true}"#.to_owned();
        let edited = |names: &str| Behaviour::parse(names).unwrap().edited(Document::UserInfo, json());
        assert_eq!(edited("no-iss"), json());
        assert_eq!(edited("userinfo-no-sub"), r#"{"n":7,"l":[1,"x"],"o":{"p":null},"t":true}"#);
        assert_eq!(edited("userinfo-other-sub"), json().replace(r#""a""#, r#""another-person""#));
        assert_eq!(edited("userinfo-repeated-member"), json().replacen(r#""t":true}"#, r#""t":true,"sub":"a"}"#, 1));
    }
}
