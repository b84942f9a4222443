//! Messages between the tabs of one origin. No message holds a token: a tab reads renewed tokens from storage.

use crate::protocol::json::{Object, Writer};

/// The longest name in a message, in octets.
const MAX_NAME: usize = 2048;

/// What a tab tells the other tabs about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SessionMessage {
    /// The session of this name was renewed. Its new tokens are in storage.
    Renewed(String),
    /// The authorizer ended the session of this name.
    Ended(String),
    /// The user signed out of the app of this name.
    SignedOut(String),
}

impl SessionMessage {
    pub(super) fn to_text(&self) -> String {
        let (what, name) = match self {
            Self::Renewed(name) => ("renewed", name),
            Self::Ended(name) => ("ended", name),
            Self::SignedOut(name) => ("signed_out", name),
        };
        Writer::new().str("message", what).str("name", name).finish()
    }

    /// Reads a message. Ignores anything else on the channel.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let message = Object::parse(text).ok()?;
        let name = message.str("name").filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?.to_owned();
        match message.str("message")? {
            "renewed" => Some(Self::Renewed(name)),
            "ended" => Some(Self::Ended(name)),
            "signed_out" => Some(Self::SignedOut(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_survive_the_channel() {
        for message in [
            SessionMessage::Renewed("a \"b".to_owned()),
            SessionMessage::Ended("c".to_owned()),
            SessionMessage::SignedOut("d".to_owned()),
        ] {
            assert_eq!(SessionMessage::from_text(&message.to_text()), Some(message));
        }
    }

    #[test]
    fn anything_else_on_the_channel_is_passed_over() {
        let long = format!(r#"{{"message":"ended","name":"{}"}}"#, "x".repeat(MAX_NAME + 1));
        for text in [
            "",
            "[]",
            "{}",
            r#"{"message":"ended"}"#,
            r#"{"message":"ended","name":""}"#,
            r#"{"message":"x","name":"a"}"#,
            &long,
        ] {
            assert_eq!(SessionMessage::from_text(text), None);
        }
    }
}
