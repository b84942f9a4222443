//! Texts that stand in two places say the same.
#![cfg(test)]

use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0.trim()
}

#[test]
fn the_readme_shows_the_example_as_it_stands() {
    let readme = read("README.md");
    let example = read("examples/sign_in.rs");
    assert_eq!(
        between(&readme, "<!-- examples/sign_in.rs -->\n```rust\n", "```"),
        between(&example, "// README: begin\n", "// README: end")
    );
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
        let path = format!("{}/{link}", env!("CARGO_MANIFEST_DIR"));
        assert!(fs::exists(&path).unwrap(), "{link}");
    }
}
