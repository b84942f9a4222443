//! What the tabs of one origin tell each other. Never a token: who wants the new ones reads them where they are
//! kept.

use crate::protocol::json::{Object, Writer};

/// No name in the news is longer, in octets.
const MAX_NAME: usize = 2048;

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// The session of that name was renewed; its new tokens are where they are kept.
    Renewed(String),
    /// The authorizer ended the session of that name.
    Ended(String),
    /// Somebody signed out of the app of that name.
    SignedOut(String),
}

impl News {
    pub(super) fn to_text(&self) -> String {
        let (what, name) = match self {
            Self::Renewed(name) => ("renewed", name),
            Self::Ended(name) => ("ended", name),
            Self::SignedOut(name) => ("signed_out", name),
        };
        Writer::new().str("news", what).str("of", name).finish()
    }

    /// Reads a message; anything else on the channel is passed over.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let message = Object::parse(text).ok()?;
        let name = message.str("of").filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?.to_owned();
        match message.str("news")? {
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
        for news in [News::Renewed("a \"b".to_owned()), News::Ended("c".to_owned()), News::SignedOut("d".to_owned())] {
            assert_eq!(News::from_text(&news.to_text()), Some(news));
        }
    }

    #[test]
    fn anything_else_on_the_channel_is_passed_over() {
        let long = format!(r#"{{"news":"ended","of":"{}"}}"#, "x".repeat(MAX_NAME + 1));
        for text in
            ["", "[]", "{}", r#"{"news":"ended"}"#, r#"{"news":"ended","of":""}"#, r#"{"news":"x","of":"a"}"#, &long]
        {
            assert_eq!(News::from_text(text), None);
        }
    }
}
