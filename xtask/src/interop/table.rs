//! `docs/interop.md`: a row an authorizer, a column a step, and what had to be set there. Written from what a run left, never by
//! hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::paths;

/// The steps, in the order of the columns. The tests name theirs in an annotation.
const STEPS: &[&str] = &[
    "sign in",
    "consent",
    "UserInfo",
    "renewal",
    "silent sign-in",
    "popup",
    "DPoP",
    "PAR",
    "revoke",
    "sign out",
    "denied",
    "wrong clock",
];

const INTRODUCTION: &str = "# Real authorizers

`cargo xtask interop` fetches each of these authorizers, starts it on this machine, and drives the demo app (the Rust client) and
a page in TypeScript (the npm package) through every step in Chromium. It writes this file; nobody else does.

- **yes**: it works in all that were driven. The demo app has no popup, no silent sign-in, and neither DPoP nor PAR; the page in
  TypeScript has all steps.
- **not offered**: the authorizer does not have it, and the reason is below the table.
- **renewal**: twice when asked and once because the token ends soon; each gives a new refresh token, and an old one is refused.
- **silent sign-in**: after a reload, in a hidden frame; who is not signed in there is told apart.
- **revoke**, **sign out**: the refresh token is refused afterwards; nobody is signed in silently after the sign-out, and the
  browser is back in the app.
- **wrong clock**: the device is 10 minutes and 20 hours behind and ahead, and the person signs in and renews all the same.
";

/// Stands before the notes of one authorizer, so that a later run of another one finds them.
const NOTES_MARK: &str = "<!-- notes: ";

/// What became of one authorizer.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    title: String,
    version: String,
    date: String,
    settings: Vec<String>,
    /// By the step.
    cells: BTreeMap<String, Cell>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Works,
    NotOffered(String),
    /// Where.
    Fails(Vec<String>),
}

impl Row {
    /// From the report of Playwright and what the authorizer's file says of it.
    pub(super) fn read(name: &str, work: &Path) -> Result<Self> {
        let json = |file: &str| -> Result<Value> {
            let path = work.join(file);
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
        };
        Self::of(name, &json("about.json")?, &json("report.json")?)
    }

    fn of(name: &str, about: &Value, report: &Value) -> Result<Self> {
        let text = |member: &str| about.get(member).and_then(Value::as_str).map(str::to_owned);
        let settings = about.get("settings").and_then(Value::as_array).into_iter().flatten();
        let started = report.pointer("/stats/startTime").and_then(Value::as_str).unwrap_or_default();
        let mut cells = BTreeMap::new();
        let mut surface = String::new();
        collect(report, &mut surface, &mut cells);
        if let Some(missing) = STEPS.iter().find(|step| !cells.contains_key(**step)) {
            bail!("no test was run of the step `{missing}`");
        }
        Ok(Self {
            name: name.to_owned(),
            title: text("title").context("the authorizer has no title")?,
            version: text("version").context("the authorizer has no version")?,
            date: started.chars().take(10).collect(),
            settings: settings.filter_map(Value::as_str).map(str::to_owned).collect(),
            cells,
        })
    }

    pub(super) fn label(&self) -> String {
        format!("{} {}", self.title, self.version)
    }

    pub(super) fn is_good(&self) -> bool {
        !self.cells.values().any(|cell| matches!(cell, Cell::Fails(_)))
    }

    fn line(&self) -> String {
        let cells = STEPS.iter().map(|step| match self.cells.get(*step) {
            Some(Cell::Works) => "yes".to_owned(),
            Some(Cell::NotOffered(_)) | None => "not offered".to_owned(),
            Some(Cell::Fails(places)) => format!("**fails**: {}", places.join(", ")),
        });
        format!("| {} | {} | {} |", self.label(), self.date, cells.collect::<Vec<_>>().join(" | "))
    }

    fn notes(&self) -> String {
        let mut text = format!("## {}\n\nWhat had to be set there:\n\n", self.title);
        for setting in &self.settings {
            text.push_str(&format!("- {setting}\n"));
        }
        let absent: Vec<String> = STEPS
            .iter()
            .filter_map(|step| match self.cells.get(*step)? {
                Cell::NotOffered(reason) => Some(format!("- {step}: {reason}\n")),
                _ => None,
            })
            .collect();
        if !absent.is_empty() {
            text.push_str(&format!("\nNot offered:\n\n{}", absent.concat()));
        }
        text
    }
}

/// Walks through the suites of a report. `surface` is the outermost suite that is no file: who was driven.
fn collect(suite: &Value, surface: &mut String, cells: &mut BTreeMap<String, Cell>) {
    for inner in suite.get("suites").and_then(Value::as_array).into_iter().flatten() {
        if let Some(title) = inner.get("title").and_then(Value::as_str) {
            title.clone_into(surface);
        }
        collect(inner, surface, cells);
    }
    for spec in suite.get("specs").and_then(Value::as_array).into_iter().flatten() {
        for test in spec.get("tests").and_then(Value::as_array).into_iter().flatten() {
            let annotations = || test.get("annotations").and_then(Value::as_array).into_iter().flatten();
            let of_type = |name: &str| {
                let found = annotations().find(|one| one.get("type").and_then(Value::as_str) == Some(name));
                found.and_then(|one| one.get("description")).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let cell = match test.get("status").and_then(Value::as_str) {
                Some("expected") => Cell::Works,
                Some("skipped") => Cell::NotOffered(of_type("skip")),
                _ => Cell::Fails(vec![surface.clone()]),
            };
            let step = of_type("step");
            let cell = match cells.remove(&step) {
                Some(other) => together(other, cell),
                None => cell,
            };
            cells.insert(step, cell);
        }
    }
}

/// What two tests of one step make.
fn together(one: Cell, other: Cell) -> Cell {
    match (one, other) {
        (Cell::Fails(mut places), Cell::Fails(more)) => {
            places.extend(more);
            places.dedup();
            Cell::Fails(places)
        }
        (Cell::Fails(places), _) | (_, Cell::Fails(places)) => Cell::Fails(places),
        (Cell::NotOffered(reason), Cell::NotOffered(_)) => Cell::NotOffered(reason),
        _ => Cell::Works,
    }
}

pub(super) fn path() -> PathBuf {
    paths::root().join("docs/interop.md")
}

/// Puts the row into the file; those of other authorizers stay as they are.
pub(super) fn write<'a>(row: &Row, order: impl Iterator<Item = &'a str>) -> Result<()> {
    let old = fs::read_to_string(path()).unwrap_or_default();
    fs::write(path(), with_row(&old, row, order)).with_context(|| format!("cannot write {}", path().display()))
}

fn with_row<'a>(old: &str, row: &Row, order: impl Iterator<Item = &'a str>) -> String {
    let head = format!("| authorizer | date | {} |\n|---|---|{}\n", STEPS.join(" | "), "---|".repeat(STEPS.len()));
    // With other columns the rows of before say something else.
    let old = if old.contains(&head) { old } else { "" };
    let (mut lines, mut notes) = (String::new(), String::new());
    for name in order {
        if name == row.name {
            lines.push_str(&format!("{}\n", row.line()));
            notes.push_str(&format!("\n{NOTES_MARK}{name} -->\n\n{}", row.notes()));
        } else if let Some((line, note)) = earlier(old, name) {
            lines.push_str(&format!("{line}\n"));
            notes.push_str(&format!("\n{NOTES_MARK}{name} -->\n\n{note}\n"));
        }
    }
    format!("{INTRODUCTION}\n{head}{lines}{notes}")
}

/// The row and the notes of an authorizer in the file as it is.
fn earlier<'a>(old: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (_, after) = old.split_once(&format!("{NOTES_MARK}{name} -->"))?;
    let notes = after.split(NOTES_MARK).next()?.trim();
    let title = notes.lines().next()?.strip_prefix("## ")?;
    let line = old.lines().find(|line| line.starts_with(&format!("| {title} ")))?;
    Some((line, notes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ORDER: [&str; 2] = ["one", "two"];

    /// A report in which the tests of `odd` ended otherwise than well.
    fn report(odd: &[(&str, &str, &str)]) -> Value {
        let suites = ["demo app", "TypeScript"].map(|surface| {
            let specs = STEPS.iter().map(|step| {
                let found = odd.iter().find(|(place, name, _)| *place == surface && name == step);
                let status = found.map_or("expected", |(_, _, status)| status);
                let skip = json!({ "type": "skip", "description": "it has none" });
                let annotations = json!([{ "type": "step", "description": step }, skip]);
                json!({ "tests": [{ "annotations": annotations, "status": status }] })
            });
            json!({ "title": "a.spec.mjs", "suites": [{ "title": surface, "specs": specs.collect::<Vec<_>>() }] })
        });
        json!({ "stats": { "startTime": "2026-11-26T17:00:00.000Z" }, "suites": suites })
    }

    fn row(name: &str, title: &str, odd: &[(&str, &str, &str)]) -> Row {
        let about = json!({ "title": title, "version": "1.2", "settings": ["A client."] });
        Row::of(name, &about, &report(odd)).unwrap()
    }

    #[test]
    fn a_step_works_where_all_that_drove_it_say_so() {
        let odd =
            [("demo app", "popup", "skipped"), ("TypeScript", "DPoP", "unexpected"), ("TypeScript", "PAR", "flaky")];
        let row = row("one", "One", &odd);
        assert_eq!(row.cells["sign in"], Cell::Works);
        assert_eq!(row.cells["popup"], Cell::Works);
        assert_eq!(row.cells["DPoP"], Cell::Fails(vec!["TypeScript".to_owned()]));
        assert!(matches!(row.cells["PAR"], Cell::Fails(_)));
        assert!(!row.is_good());
        assert!(row.line().starts_with("| One 1.2 | 2026-11-26 | yes |"), "{}", row.line());
    }

    #[test]
    fn what_nobody_could_drive_is_not_offered_and_says_why() {
        let row = row("one", "One", &[("demo app", "PAR", "skipped"), ("TypeScript", "PAR", "skipped")]);
        assert!(row.is_good());
        assert!(row.line().contains("not offered"));
        assert!(row.notes().contains("- PAR: it has none\n"));
    }

    #[test]
    fn a_step_without_a_test_is_no_result() {
        let about = json!({ "title": "One", "version": "1.2", "settings": [] });
        assert!(Row::of("one", &about, &json!({ "suites": [] })).is_err());
    }

    #[test]
    fn a_run_of_one_authorizer_leaves_the_rows_of_the_others() {
        let first = with_row("", &row("two", "Two", &[("TypeScript", "DPoP", "unexpected")]), ORDER.into_iter());
        let both = with_row(&first, &row("one", "One", &[]), ORDER.into_iter());
        assert!(both.contains("\n| One 1.2 | "));
        assert!(
            both.contains("\n| Two 1.2 | 2026-11-26 | yes | yes | yes | yes | yes | yes | **fails**: TypeScript |")
        );
        let again = with_row(&both, &row("two", "Two", &[]), ORDER.into_iter());
        assert!(!again.contains("fails**: Type"));
        assert_eq!(again.matches("## One").count(), 1);
        assert_eq!(with_row(&again, &row("one", "One", &[]), ORDER.into_iter()), again);
    }
}
