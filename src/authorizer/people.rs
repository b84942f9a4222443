//! The people of the demonstration, and what each scope tells about them.

use crate::protocol::json::Writer;
use crate::protocol::scope::Scope;

pub(super) struct Person {
    pub(super) sub: &'static str,
    pub(super) name: &'static str,
    given_name: &'static str,
    family_name: &'static str,
    pub(super) email: &'static str,
}

pub(super) const PEOPLE: [Person; 2] = [
    Person { sub: "ada", name: "Ada Demo", given_name: "Ada", family_name: "Demo", email: "ada@demo.example" },
    Person { sub: "grace", name: "Grace Demo", given_name: "Grace", family_name: "Demo", email: "grace@demo.example" },
];

/// Every scope, and its meaning in words.
pub(super) const SCOPES: [(&str, &str); 4] = [
    ("openid", "Know that it is you"),
    ("profile", "See your name"),
    ("email", "See your e-mail address"),
    ("offline_access", "Stay signed in for up to 8 hours without asking again"),
];

pub(super) fn person(sub: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.sub == sub)
}

/// Whether a `login_hint` means that person: by identifier or by e-mail address.
pub(super) fn is_meant(sub: &str, hint: &str) -> bool {
    person(sub).is_some_and(|person| hint == person.sub || hint.eq_ignore_ascii_case(person.email))
}

/// Adds the claims that `scope` allows (OpenID Connect Core, section 5.4).
pub(super) fn write_claims(writer: Writer, sub: &str, scope: &Scope) -> Writer {
    let Some(person) = person(sub) else { return writer };
    let writer = if scope.contains("profile") {
        writer.str("name", person.name).str("given_name", person.given_name).str("family_name", person.family_name)
    } else {
        writer
    };
    if scope.contains("email") { writer.str("email", person.email).bool("email_verified", true) } else { writer }
}
