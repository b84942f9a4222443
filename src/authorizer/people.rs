//! What each scope tells about a person.

use crate::protocol::json::Writer;
use crate::protocol::scope::Scope;

use super::config::Person;

/// Every scope, and its meaning in words.
pub(super) const SCOPES: [(&str, &str); 4] = [
    ("openid", "Know that it is you"),
    ("profile", "See your name"),
    ("email", "See your e-mail address"),
    ("offline_access", "Stay signed in for up to 8 hours without asking again"),
];

/// Adds the claims that `scope` allows (OpenID Connect Core, section 5.4).
pub(super) fn write_claims(writer: Writer, person: Option<&Person>, scope: &Scope) -> Writer {
    let Some(person) = person else { return writer };
    let writer = if scope.contains("profile") {
        let writer = writer.str("name", &person.name);
        person.claims.iter().fold(writer, |writer, (name, json)| writer.raw(name, json))
    } else {
        writer
    };
    let has_email = scope.contains("email") && !person.email.is_empty();
    if has_email { writer.str("email", &person.email).bool("email_verified", true) } else { writer }
}
