//! The rooms of `src/` and the arrows between them: read from the sources, so that a wrong one fails here.
#![cfg(test)]

mod drawing;
mod rings;
mod source;

use std::collections::BTreeSet;
use std::path::Path;

use source::{sources, tokens};

/// Each room with the rooms below it that it may name. Who is not in the list may be named by nobody.
const ROOMS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("authorizer", &["protocol"]),
    ("client", &["protocol"]),
    ("browser", &["client", "protocol", "authorizer"]),
    ("script", &["browser", "client", "protocol"]),
    ("view", &["browser", "client", "protocol"]),
    ("components", &["view", "browser", "client", "protocol"]),
    ("element", &["view", "script", "browser", "client", "protocol"]),
    ("app", &["components", "view", "browser", "client", "authorizer", "protocol"]),
];

/// Rooms that run natively and from one step to the next: no platform, no clock, no randomness, no I/O.
const PURE: [&str; 3] = ["protocol", "client", "authorizer"];

/// Crates and modules that only exist on a platform, or that bring a clock, randomness or I/O.
const IMPURE: [&str; 18] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo_net",
    "gloo_storage",
    "leptos",
    "getrandom",
    "rand",
    "ring",
    "SystemTime",
    "Instant",
    "std::time",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
];

/// A file that is longer does more than one thing.
const MAX_LINES: usize = 400;

/// `lib.rs` says what the crate is, and fits on a screen.
const MAX_LINES_OF_LIB: usize = 60;

#[test]
fn arrows_point_downward_only() {
    let complaints: Vec<String> =
        sources().iter().flat_map(|(path, text)| wrong_arrows(path, text).into_iter()).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn pure_rooms_know_no_platform_no_clock_and_no_randomness() {
    let complaints: Vec<String> =
        sources().iter().flat_map(|(path, text)| impurities(path, text).into_iter()).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_room_is_in_the_list() {
    let unknown: BTreeSet<String> = sources()
        .iter()
        .filter_map(|(path, _)| room(path).map(str::to_owned))
        .filter(|room| room != "bin" && allowed(room).is_none())
        .collect();
    assert!(unknown.is_empty(), "nobody said what these may name: {unknown:?}");
}

#[test]
fn files_are_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(path, text)| {
            let most = if path == Path::new("lib.rs") { MAX_LINES_OF_LIB } else { MAX_LINES };
            text.lines().count() > most
        })
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// The room of a file; `None` for `lib.rs` and `main.rs`, which stand above all rooms.
fn room(path: &Path) -> Option<&str> {
    let first = path.iter().next()?.to_str()?;
    match first.strip_suffix(".rs") {
        Some("lib" | "main") => None,
        Some(single_file) => Some(single_file),
        None => Some(first),
    }
}

fn allowed(room: &str) -> Option<&'static [&'static str]> {
    ROOMS.iter().find(|(known, _)| *known == room).map(|(_, rooms)| *rooms)
}

fn wrong_arrows(path: &Path, text: &str) -> Vec<String> {
    let Some(room) = room(path) else { return Vec::new() };
    // A binary is one thin file over a room: it may name every one.
    let Some(allowed) = allowed(room) else { return Vec::new() };
    let is_room = |name: &str| ROOMS.iter().any(|(known, _)| *known == name);
    named_rooms(path, &tokens(text))
        .into_iter()
        .filter(|named| named != room && is_room(named) && !allowed.contains(&named.as_str()))
        .map(|named| format!("{} names {named}: {room} may only name {allowed:?}", path.display()))
        .collect()
}

fn impurities(path: &Path, text: &str) -> Vec<String> {
    if !room(path).is_some_and(|room| PURE.contains(&room)) {
        return Vec::new();
    }
    let tokens = tokens(text);
    IMPURE
        .iter()
        .filter(|word| match word.split_once("::") {
            None => tokens.iter().any(|token| token == *word),
            Some((krate, module)) => heads(&tokens, &[krate]).contains(module),
        })
        .map(|word| format!("{} names {word}", path.display()))
        .collect()
}

/// What `crate::…` and `super::…` reach at the top of the crate.
fn named_rooms(path: &Path, tokens: &[String]) -> BTreeSet<String> {
    let mut named = heads(tokens, &["crate"]);
    // `src/a/b.rs` is the module `a::b`, `src/a/mod.rs` is `a`.
    let depth = path.iter().count() - usize::from(path.ends_with("mod.rs"));
    for up in depth..depth + 3 {
        named.extend(heads(tokens, &vec!["super"; up]));
    }
    named
}

/// The names that directly follow `path::`, also as the members of a group in braces.
fn heads(tokens: &[String], path: &[&str]) -> BTreeSet<String> {
    let pattern: Vec<&str> = path.iter().flat_map(|part| [*part, "::"]).collect();
    let mut found = BTreeSet::new();
    for at in 0..tokens.len() {
        let here = tokens[at..].iter().map(String::as_str);
        let continues_a_path = at > 0 && tokens[at - 1] == "::";
        if continues_a_path || !here.take(pattern.len()).eq(pattern.iter().copied()) {
            continue;
        }
        let rest = &tokens[at + pattern.len()..];
        if rest.first().is_some_and(|token| token == "{") {
            found.extend(group_heads(rest));
        } else {
            found.extend(rest.first().cloned());
        }
    }
    found
}

/// The first name of each member of `{a::b, c::{d, e}}`.
fn group_heads(tokens: &[String]) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && matches!(tokens[at - 1].as_str(), "{" | ",") => heads.push(name.to_owned()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

mod the_checks_themselves {
    use super::*;

    fn arrows(path: &str, source: &str) -> usize {
        wrong_arrows(Path::new(path), source).len()
    }

    fn impure(path: &str, source: &str) -> usize {
        impurities(Path::new(path), source).len()
    }

    #[test]
    fn an_arrow_that_points_upward_is_found() {
        assert_eq!(arrows("protocol/pkce.rs", "use crate::client::Client;"), 1);
        assert_eq!(arrows("protocol/pkce.rs", "fn f() -> crate::authorizer::Request { loop {} }"), 1);
        assert_eq!(arrows("protocol/pkce.rs", "use super::super::client;"), 1);
        assert_eq!(arrows("protocol/mod.rs", "use super::client;"), 1);
        assert_eq!(arrows("client/login.rs", "use crate::{protocol::url, authorizer::{Request}, browser};"), 2);
        assert_eq!(arrows("authorizer/token.rs", "#[cfg(test)] mod tests { use crate::client; }"), 1);
        assert_eq!(arrows("browser/http.rs", "use crate::app::Run;"), 1);
    }

    #[test]
    fn arrows_that_point_downward_are_fine() {
        assert_eq!(
            arrows("client/login.rs", "use crate::protocol::url; use crate::client::ports; use super::ports;"),
            0
        );
        assert_eq!(arrows("browser/http.rs", "use crate::{client::ports::{Http, Store}, protocol::url};"), 0);
        assert_eq!(arrows("app/mod.rs", "use crate::browser::Platform; use crate::authorizer::SWITCHES;"), 0);
        assert_eq!(arrows("lib.rs", "pub mod app; pub use crate::client::Client;"), 0);
        assert_eq!(arrows("bin/worker/main.rs", "use pkce_login::authorizer;"), 0);
    }

    #[test]
    fn words_and_comments_are_no_arrows() {
        let source = "//! See crate::client.\n/* crate::app */ const A: &str = \"crate::client\"; \
                      const B: &str = r#\"\"crate::client\"#; const C: char = '\"'; fn f<'a>(x: &'a str) {} // \"";
        assert_eq!(arrows("protocol/pkce.rs", source), 0);
        assert_eq!(arrows("protocol/pkce.rs", &format!("{source}\nuse crate::client;")), 1);
    }

    #[test]
    fn a_platform_a_clock_or_randomness_is_found_in_a_pure_room() {
        for source in [
            "use web_sys::Window;",
            "fn f() { js_sys::Date::now(); }",
            "let now = std::time::SystemTime::now();",
            "use std::{cell::Cell, time::Duration};",
            "use std::fs;",
            "getrandom::fill(&mut octets);",
            "use std::thread::spawn;",
        ] {
            assert_ne!(impure("protocol/pkce.rs", source), 0, "{source}");
            assert_ne!(impure("client/login.rs", source), 0, "{source}");
            assert_ne!(impure("authorizer/token.rs", source), 0, "{source}");
            assert_eq!(impure("browser/http.rs", source), 0, "{source}");
        }
        assert_eq!(impure("client/ports.rs", "use std::cell::Cell; use std::rc::Rc; // not SystemTime"), 0);
    }
}
