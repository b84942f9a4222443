//! `docs/conformance.md` has a line for every item, and names only tests that are there.
#![cfg(test)]

use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The cells of each line of the tables: id, level, what, source, proof.
fn items(document: &str) -> Vec<Vec<&str>> {
    let is_item = |line: &&str| line.starts_with("| C-") || line.starts_with("| S-");
    document.lines().filter(is_item).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands between backticks in the form `file::test`.
fn tests_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::"))
}

#[test]
fn every_item_has_exactly_one_line() {
    let document = read("docs/conformance.md");
    let found: Vec<&str> = items(&document).iter().map(|cells| cells[0]).collect();
    let client = (1..=75).map(|number| format!("C-{number:02}"));
    let expected: Vec<String> = client.chain((1..=44).map(|number| format!("S-{number:02}"))).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_line_says_where_it_comes_from_and_is_proved_or_owned_up_to() {
    let document = read("docs/conformance.md");
    for cells in items(&document) {
        assert_eq!(cells.len(), 5, "{cells:?}");
        assert!(["M", "S", "P"].contains(&cells[1]), "{cells:?}");
        assert!(!cells[2].is_empty() && !cells[3].is_empty(), "{cells:?}");
        let is_open = ["not yet: ", "does not apply: "].iter().any(|start| cells[4].starts_with(start));
        let is_proved = cells[4].starts_with('`') && tests_in(cells[4]).next().is_some();
        assert!(is_open || is_proved, "{cells:?}");
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let document = read("docs/conformance.md");
    for cells in items(&document) {
        for (file, name) in tests_in(cells[4]) {
            let text = read(file);
            let is_there =
                if file.ends_with(".mjs") { text.contains(&format!("test('{name}',")) } else { is_test(&text, name) };
            assert!(is_there, "{}: {file} has no test `{name}`", cells[0]);
        }
    }
}

/// Whether the line before the function makes it a test.
fn is_test(text: &str, name: &str) -> bool {
    let declaration = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| {
        pair[1].trim_start_matches("async ").starts_with(&declaration)
            && ["#[test]", "#[wasm_bindgen_test]"].contains(&pair[0])
    })
}
