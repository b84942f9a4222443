//! `docs/testing.md` lists every switch of the built-in authorizer as the table in code has it.
#![cfg(test)]

use std::fmt::Write as _;
use std::{env, fs};

use pkce_login::authorizer::switches::{Needs, SWITCHES, Stage, SwitchKind, SwitchRow};

const START: &str = "<!-- switches -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_document_lists_the_switches() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/testing.md");
    let document = fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once(START).expect("where the table begins");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let expected = [before, START, &tables(), END, after].concat();
    if env::var_os("UPDATE").is_some() {
        fs::write(path, &expected).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == expected, "docs/testing.md: UPDATE=1 cargo test --test testing");
}

fn tables() -> String {
    let mut text = String::new();
    let parts = [
        (
            SwitchKind::Fault,
            "faults",
            "| name | what the authorizer does | a safe client | refused as | rule | OIDF |\n|---|---|---|---|---|---|\n",
        ),
        (
            SwitchKind::Demand,
            "demands",
            "| name | what the authorizer does | a safe client | | rule | OIDF |\n|---|---|---|---|---|---|\n",
        ),
        (
            SwitchKind::Weakness,
            "weaknesses",
            "| name | what the authorizer does | a safe authorizer | | rule | OIDF |\n|---|---|---|---|---|---|\n",
        ),
    ];
    for (kind, name, head) in parts {
        let rows: Vec<&SwitchRow> = SWITCHES.iter().filter(|row| row.kind == kind).collect();
        write!(text, "\n### {} {name}\n\n{head}", rows.len()).unwrap();
        for row in rows {
            line(&mut text, row);
        }
    }
    text + "\n"
}

fn line(text: &mut String, row: &SwitchRow) {
    let notes = row.switch.notes();
    let needs = match notes.needs {
        Needs::Nothing => "",
        Needs::Dpop => " (DPoP)",
        Needs::Jarm => " (JARM)",
        Needs::PushedRequests => " (PAR)",
    };
    let stage = match notes.stage {
        Stage::Login => "",
        Stage::Refresh => "At a refresh. ",
        Stage::UserInfo => "At UserInfo. ",
        Stage::Logout => "At a sign-out. ",
    };
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    writeln!(
        text,
        "| `{}`{needs} | {stage}{} | {} | {} | {} | {} |",
        row.name,
        row.text,
        notes.safe,
        code(notes.reason),
        notes.section,
        code(notes.module)
    )
    .unwrap();
}
