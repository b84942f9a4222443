//! `docs/conformance.md` is made from `tests/conformance/checklist.json`, which has every item and names only tests that
//! are there.
#![cfg(test)]

#[path = "conformance/named.rs"]
mod named;

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use named::read;

const CHECKLIST: &str = "tests/conformance/checklist.json";
const DOCUMENT: &str = "docs/conformance.md";

const HEAD: &str = "\
# Conformance

What the specifications ask of a public client in a browser (C) and of the authorizer it talks to (S, here the built-in one),
and the test that proves it. Levels: M the source demands it, S the source recommends it, P our own rule.

\"not yet\" and \"does not apply\" say so in the last column, with the reason; a test behind them proves the part that is
there. This file is made from `tests/conformance/checklist.json`: change that one, then run
`UPDATE=1 cargo test --test conformance`. The test fails when an item has no line or names a test that is not there.
";

const ROOMS: [(&str, &str); 2] = [("C", "Client"), ("S", "Authorizer")];

fn items() -> Vec<Value> {
    serde_json::from_str(&read(CHECKLIST)).expect("a list of items")
}

fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item[name].as_str().filter(|text| !text.is_empty())
}

fn tests(item: &Value) -> Vec<&str> {
    let listed = item["tests"].as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().map(|test| test.as_str().expect("a test as file::name")).collect()
}

/// The last cell of a line.
fn proof(item: &Value) -> String {
    let tests = tests(item).iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ");
    let open = ["not yet", "does not apply"]
        .iter()
        .find_map(|state| Some(format!("{state}: {}", text(item, &state.replace(' ', "_"))?)));
    let parts = match open {
        Some(open) if tests.is_empty() => vec![open],
        Some(open) => vec![open, format!("What is there: {tests}")],
        None => vec![tests],
    };
    parts.into_iter().chain(text(item, "note").map(str::to_owned)).collect::<Vec<_>>().join(". ")
}

fn document() -> String {
    let mut document = HEAD.to_owned();
    for (letter, title) in ROOMS {
        let _ = write!(document, "\n## {title}\n\n| id | level | what | source | proof |\n|---|---|---|---|---|\n");
        for item in items().iter().filter(|item| item["id"].as_str().is_some_and(|id| id.starts_with(letter))) {
            let cells = ["id", "level", "text", "source"].map(|name| text(item, name).unwrap_or_default().to_owned());
            let _ = writeln!(document, "| {} | {} |", cells.join(" | "), proof(item));
        }
    }
    document
}

#[test]
fn the_document_is_what_the_checklist_says() {
    let path = named::path(DOCUMENT);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, document()).unwrap();
    }
    let is_same = fs::read_to_string(&path).unwrap() == document();
    assert!(is_same, "{DOCUMENT} is out of date: UPDATE=1 cargo test --test conformance");
}

#[test]
fn every_item_has_exactly_one_line() {
    let items = items();
    let found: Vec<&str> = items.iter().filter_map(|item| item["id"].as_str()).collect();
    let client = (1..=75).map(|number| format!("C-{number:02}"));
    let expected: Vec<String> = client.chain((1..=44).map(|number| format!("S-{number:02}"))).collect();
    assert_eq!(found, expected);
    let lines = read(DOCUMENT).lines().filter(|line| line.starts_with("| C-") || line.starts_with("| S-")).count();
    assert_eq!(lines, expected.len());
}

#[test]
fn every_item_says_where_it_comes_from_and_is_proved_or_owned_up_to() {
    let known = ["id", "level", "text", "source", "not_yet", "does_not_apply", "note", "tests"];
    for item in items() {
        assert!(item.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{item}");
        assert!(text(&item, "level").is_some_and(|level| ["M", "S", "P"].contains(&level)), "{item}");
        assert!(text(&item, "text").is_some() && text(&item, "source").is_some(), "{item}");
        let is_open = text(&item, "not_yet").is_some() || text(&item, "does_not_apply").is_some();
        assert!(is_open || !tests(&item).is_empty(), "nothing proves {item}");
        assert!(!item.to_string().contains('|'), "a table has no room for this: {item}");
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    for item in items() {
        for test in tests(&item) {
            assert!(named::is_there(test), "{}: there is no `{test}`", item["id"]);
        }
    }
}
