//! Texts that stand in two places say the same.
#![cfg(test)]

#[path = "conformance/named.rs"]
mod named;

use std::fs;

use named::read;

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0.trim()
}

/// Without the indentation that it has where it stands.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches('\n').lines().collect();
    let indent = lines.iter().filter(|line| !line.is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    lines.iter().map(|line| line.get(indent.unwrap()..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_each_integration_as_it_stands_in_an_app_that_is_tested() {
    let readme = read("README.md");
    let example = read("examples/minimal/src/main.rs");
    let view = format!(
        "    view! {{{}\n    }}",
        example.split_once("    view! {").unwrap().1.split_once("\n    }").unwrap().0
    );
    let plain = read("tests/package/plain/index.html");
    for (file, language, text) in [
        ("examples/minimal/src/main.rs", "rust", dedented(&view)),
        (
            "tests/package/plain/index.html",
            "html",
            between(&plain, "<!-- The whole integration -->", "<!-- End -->").into(),
        ),
        ("tests/package/vite/src/minimal.ts", "ts", read("tests/package/vite/src/minimal.ts").trim().to_owned()),
    ] {
        assert_eq!(between(&readme, &format!("<!-- {file} -->\n```{language}\n"), "```"), text, "{file}");
    }
}

#[test]
fn the_page_before_the_app_lists_the_same_steps() {
    let steps = read("src/app/steps.rs");
    let page = read("index.html");
    let texts = |name: &str| -> Vec<String> {
        steps
            .split(&format!("        {name}: \""))
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    let (titles, summaries) = (texts("title"), texts("summary"));
    assert_eq!(titles.len(), 8);
    for (title, summary) in titles.iter().zip(&summaries) {
        assert!(page.contains(&format!("<li><strong>{title}.</strong> {summary}</li>")), "{title}");
    }
    assert_eq!(page.matches("<li><strong>").count(), 8);
}

#[test]
fn every_file_that_the_readme_links_to_is_there() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    for link in links.filter(|link| !link.starts_with("http") && !link.starts_with('#')) {
        assert!(named::path(link).exists(), "{link}");
    }
}

/// Every text of the app and of its documents that a person reads, each by its file, with single spaces.
fn texts_for_people() -> Vec<(String, String)> {
    let mut files = ["README.md", "CONTRIBUTING.md", "index.html", "callback.html"].map(named::path).to_vec();
    let mut folders = vec![named::path("src"), named::path("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let plain = |text: String| text.replace('\\', " ").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    files.retain(|path| path.extension().is_none_or(|extension| extension != "png" && extension != "svg"));
    files.iter().map(|path| (path.display().to_string(), plain(fs::read_to_string(path).unwrap()))).collect()
}

#[test]
fn nobody_says_that_the_code_leaves_the_browsers_history() {
    for (file, text) in texts_for_people() {
        for verb in ["removed", "gone", "deleted", "erased", "cleared", "cleaned", "wiped", "disappears", "vanishes"] {
            for place in ["history", "your history", "the history", "the browser's history", "your browser's history"] {
                let claim = format!("{verb} from {place}");
                assert!(!text.contains(&claim), "{file} says: {claim}");
            }
        }
    }
    let owned_up_to = "history list may still show it";
    for file in ["README.md", "src/app/steps.rs", "docs/element.md", "docs/security.md"] {
        assert!(plain_text(file).contains(owned_up_to), "{file}");
    }
}

fn plain_text(file: &str) -> String {
    let (_, text) = texts_for_people().into_iter().find(|(path, _)| path.ends_with(file)).unwrap();
    text
}

#[test]
fn the_readme_asks_for_one_app_an_origin() {
    let readme = read("README.md");
    assert!(between(&readme, "## What this cannot protect", "\n## ").contains("One app an origin"));
}

#[test]
fn the_race_and_its_chart_are_made_of_the_results_beside_them() {
    let folder = std::env::temp_dir().join(format!("pkce-login-race-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::copy(named::path("docs/race.json"), folder.join("race.json")).unwrap();
    let made =
        std::process::Command::new("node").arg(named::path("tests/race/report.mjs")).arg(&folder).status().unwrap();
    assert!(made.success());
    for name in ["race.md", "race.svg"] {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), read(&format!("docs/{name}")), "{name}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The rows of a table of `docs/behaviours.md`: number, promise, proof.
fn rows<'a>(document: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let section = document.split_once(heading).unwrap().1.split("\n## ").next().unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit();
    section.lines().filter(is_row).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn every_behaviour_and_every_fault_has_a_row_that_names_tests_of_that_number() {
    let document = read("docs/behaviours.md");
    for (heading, word, count) in [("## Behaviours", "behaviour", 15), ("## Faults", "fault", 20)] {
        let rows = rows(&document, heading);
        let numbers: Vec<usize> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{heading}");
        for (number, row) in (1..).zip(&rows) {
            assert!(row.len() == 3 && row[1].ends_with('.'), "{row:?}");
            let tests: Vec<&str> =
                row[2].split('`').skip(1).step_by(2).filter(|quoted| quoted.contains("::")).collect();
            let own = [format!("::{word}_{number:02}_"), format!("::{word} {number}: ")];
            assert!(tests.iter().all(|test| own.iter().any(|own| test.contains(own))), "another item's test: {row:?}");
            assert!(!tests.is_empty() || row[2].starts_with("not yet: "), "{row:?}");
            for test in tests {
                assert!(named::is_there(test), "there is no `{test}`");
            }
        }
    }
}

#[test]
fn every_test_of_a_behaviour_or_a_fault_has_its_row() {
    let document = read("docs/behaviours.md");
    let folder = fs::read_dir(named::path("tests/behaviours")).unwrap();
    let native = folder.map(|entry| format!("tests/behaviours/{}", entry.unwrap().file_name().display()));
    for file in native {
        for name in read(&file).split("#[test]\nfn ").skip(1).map(|rest| rest.split('(').next().unwrap()) {
            assert!(document.contains(&format!("`{file}::{name}`")), "{file}::{name}");
        }
    }
    let file = "tests/e2e/specs/behaviours.spec.mjs";
    for name in read(file).split("\ntest('").skip(1).map(|rest| rest.split("',").next().unwrap()) {
        assert!(document.contains(&format!("`{file}::{name}`")), "{file}::{name}");
    }
}
