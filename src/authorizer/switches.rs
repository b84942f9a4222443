//! The table of switches: every misbehaviour that the issuer can switch on.
//!
//! A new switch is one row here, and one `if self.issuer.behaviour.has(Switch::…)` at the place of the rule.

/// The kind of misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchKind {
    /// The server lets an attacker through.
    Weakness,
    /// The server misleads or fails the client.
    Fault,
    /// The server demands more than it must, as some servers do. A client that can do all of it gets through.
    Demand,
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
}

macro_rules! switches {
    ($($variant:ident = $name:literal, $kind:ident, $check:literal, $text:literal;)+) => {
        /// One named misbehaviour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Switch {
            $(#[doc = $text] $variant,)+
        }

        /// Every switch.
        pub const SWITCHES: &[SwitchRow] = &[
            $(SwitchRow { switch: Switch::$variant, name: $name, kind: SwitchKind::$kind, check: $check, text: $text },)+
        ];
    };
}

switches! {
    PkceOptional = "pkce-optional", Weakness, "S-05", "A request without a hash is accepted, and its code needs no secret.";
    VerifierNotCompared = "verifier-not-compared", Weakness, "S-07", "Any secret is accepted; it is not compared with the hash.";
    CodeReusable = "code-reusable", Weakness, "S-12", "A code can be exchanged repeatedly until it expires.";
    RefreshNotRotated = "refresh-not-rotated", Weakness, "S-27", "A refresh token stays the same at every use.";
    WrongState = "wrong-state", Fault, "S-17", "The answer carries another state than the request.";
    WrongIss = "wrong-iss", Fault, "S-17", "The answer names another authorizer.";
    NoIss = "no-iss", Fault, "S-17", "The answer names no authorizer, although the metadata promises it.";
    RepeatedCode = "repeated-code", Fault, "S-16", "The answer carries two codes.";
    HtmlToken = "html-token", Fault, "S-24", "The token endpoint answers 200 with an HTML page.";
    ServerError = "server-error", Fault, "S-24", "The token endpoint answers 500.";
    NoCors = "no-cors", Fault, "S-24", "No page may read the token, userinfo and revocation responses.";
    WrongNonce = "wrong-nonce", Fault, "S-32", "The ID token carries another nonce than the request.";
    BadSignature = "bad-signature", Fault, "S-32", "The signature of the ID token is wrong.";
    DpopDowngrade = "dpop-downgrade", Fault, "S-39", "A client that proves a key gets tokens that need no key.";
    DpopNonceRequired = "dpop-nonce-required", Demand, "S-38", "A DPoP proof must carry a recent nonce of the server.";
    ParRequired = "par-required", Demand, "S-23", "The app must push its request first.";
}

impl Switch {
    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// The switches of one issuer. The strict issuer has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behaviour(u64);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_switches_exactly_its_own_row() {
        assert!(SWITCHES.len() <= 64);
        for row in SWITCHES {
            let on: Vec<_> = Behaviour::parse(row.name).unwrap().rows().collect();
            assert_eq!(on, [row]);
            assert!(row.name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-'), "{}", row.name);
        }
    }

    #[test]
    fn an_unknown_name_is_named_and_nothing_is_switched() {
        assert_eq!(Behaviour::parse("no-iss+nonsense+wrong-iss"), Err("nonsense"));
        assert_eq!(Behaviour::parse(""), Err(""));
        assert_eq!(Behaviour::parse("no-iss+"), Err(""));
    }
}
