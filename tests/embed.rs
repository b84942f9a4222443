//! `src/element/custom-elements.json` says what the element has. Its types and the tables of its document are made from
//! it, and the element's own files have what it lists, and nothing besides.
#![cfg(test)]

#[path = "embed/manifest.rs"]
mod manifest;
#[allow(dead_code, reason = "no document here names tests")]
#[path = "conformance/named.rs"]
mod named;
#[path = "embed/shown.rs"]
mod shown;
#[path = "embed/tables.rs"]
mod tables;
#[path = "embed/typings.rs"]
mod typings;

use std::collections::BTreeSet;
use std::fs;

use manifest::{Manifest, text};
use named::read;

const MENDED_BY: &str = "UPDATE=1 cargo test --test embed";

/// Compares a file with what is made of others, or writes it.
fn is_made_from_the_sources(name: &str, expected: &str) {
    let path = named::path(name);
    let is_same = || fs::read_to_string(&path).unwrap_or_default() == expected;
    // Only where it has to be: the other tests read these files at the same time.
    if std::env::var_os("UPDATE").is_some() && !is_same() {
        fs::write(&path, expected).unwrap();
    }
    assert!(is_same(), "{name} is out of date: {MENDED_BY}");
}

#[test]
fn the_types_are_what_the_manifest_says() {
    is_made_from_the_sources("src/element/element.d.ts", &typings::document(&Manifest::load()));
}

#[test]
fn the_tables_are_what_the_manifest_says() {
    let document = read("docs/element.md");
    is_made_from_the_sources("docs/element.md", &tables::filled(&document, &Manifest::load()));
}

#[test]
fn the_documents_show_files_as_they_stand() {
    for name in ["docs/leptos.md", "docs/typescript.md"] {
        let document = read(name);
        assert!(!shown::files(&document).is_empty(), "{name}");
        is_made_from_the_sources(name, &shown::filled(&document));
    }
}

#[test]
fn the_policies_to_copy_let_the_callback_page_do_its_work() {
    let callback = read("callback.html");
    let hash = callback.split('\'').find(|quoted| quoted.starts_with("sha256-")).unwrap();
    let document = read("docs/hosting.md") + &read("docs/element.md");
    let policies: Vec<&str> = document.split("default-src 'self'; ").skip(1).collect();
    assert!(policies.len() > 9);
    for policy in policies {
        assert!(
            policy.split("style-src").next().unwrap().contains(&format!("'{hash}'")),
            "it needs '{hash}': {policy:.160}"
        );
    }
}

#[test]
fn every_file_that_the_documents_link_to_is_there() {
    for document in ["element", "hosting", "leptos", "migration", "security", "typescript"] {
        let text = read(&format!("docs/{document}.md"));
        let links = text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap());
        for link in links.filter(|link| !link.is_empty() && !link.starts_with("http")) {
            assert!(named::path("docs").join(link).is_file(), "docs/{document}.md links to {link}");
        }
    }
}

#[test]
fn the_document_has_every_table() {
    let document = read("docs/element.md");
    for (name, _) in tables::TABLES {
        assert_eq!(document.matches(&format!("<!-- table: {name} -->")).count(), 1, "{name}");
    }
}

#[test]
fn an_attribute_is_a_property_in_camel_case_of_the_same_type_and_default() {
    let manifest = Manifest::load();
    let fields = manifest.members("field");
    for attribute in manifest.list("attributes") {
        let name = text(attribute, "name");
        assert_eq!(text(attribute, "fieldName"), camel_case(name), "{name}");
        let field = fields.iter().find(|field| field["attribute"] == name);
        let field = field.unwrap_or_else(|| panic!("no field is there for {name}"));
        assert_eq!(field["name"], attribute["fieldName"], "{name}");
        assert_eq!(field["type"], attribute["type"], "{name}");
        assert_eq!(field["default"].as_str().unwrap(), attribute["default"].as_str().unwrap_or("''"), "{name}");
    }
    let mirrored = fields.iter().filter(|field| field["attribute"].is_string()).count();
    assert_eq!(mirrored, manifest.list("attributes").len());
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn everything_in_the_manifest_is_explained_in_a_sentence() {
    let manifest = Manifest::load();
    for list in ["attributes", "members", "events", "slots", "cssParts", "cssStates", "cssProperties"] {
        for item in manifest.list(list) {
            assert!(text(item, "description").ends_with(['.', ',']), "{item}");
            assert!(!item.to_string().contains("client-secret"), "{item}");
        }
    }
}

#[test]
fn nothing_that_a_page_can_set_or_hear_is_a_token() {
    let manifest = Manifest::load();
    for list in ["attributes", "events"] {
        for item in manifest.list(list) {
            let shown = format!("{} {}", text(item, "name"), item["type"]["text"]).to_lowercase();
            for word in ["token", "secret", "verifier", "code:", "nonce"] {
                let is_a_problem_code = word == "code:" && text(item, "name") == "pkce-error";
                assert!(is_a_problem_code || !shown.contains(word), "{shown}");
            }
        }
    }
}

/// All that follows `prefix` in `code`, up to what cannot be part of a name.
fn names_after<'a>(code: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    code.split(prefix).skip(1).map(|rest| rest.split(|c| !is_part(c)).next().unwrap()).collect()
}

fn listed<'a>(manifest: &'a Manifest, list: &str, prefix: &str) -> BTreeSet<&'a str> {
    manifest.list(list).iter().map(|item| text(item, "name").strip_prefix(prefix).unwrap()).collect()
}

/// The element as it is written, without comments: scripts, style and components.
fn element() -> Element {
    let without_comments =
        |code: String| code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let all = |folder: &str, extension: &str| -> String {
        let entries = fs::read_dir(named::path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let files = entries.filter(|path| path.extension().is_some_and(|found| found == extension));
        files.map(|path| without_comments(fs::read_to_string(path).unwrap())).collect()
    };
    Element {
        script: all("src/element", "js"),
        style: read("src/element/element.css"),
        rust: all("src/view", "rs") + &all("src/element", "rs"),
    }
}

struct Element {
    script: String,
    style: String,
    rust: String,
}

#[test]
fn the_element_has_the_attributes_that_are_listed_with_these_choices_and_defaults() {
    let manifest = Manifest::load();
    let code = read("src/element/attributes.js");
    let declared: Vec<(&str, &str)> = ["text", "choice", "flag"]
        .iter()
        .flat_map(|kind| code.match_indices(&format!(": {kind}(")).map(|(at, _)| code.split_at(at)).collect::<Vec<_>>())
        .map(|(before, after)| {
            let name = before.rsplit(['{', ',', '\n']).next().unwrap().trim().trim_matches('\'');
            (name, after[2..].split(')').next().unwrap())
        })
        .collect();
    let names: BTreeSet<&str> = declared.iter().map(|(name, _)| *name).collect();
    // The language is every element's.
    let listed = listed(&manifest, "attributes", "");
    assert_eq!(names, listed.iter().copied().filter(|name| *name != "lang").collect());
    for (name, declaration) in declared {
        let attribute = manifest.list("attributes").iter().find(|attribute| attribute["name"] == name).unwrap();
        let quoted: Vec<&str> = declaration.split('\'').skip(1).step_by(2).collect();
        let kind = declaration.split('(').next().unwrap();
        let typed = text(&attribute["type"], "text");
        let default = attribute["default"].as_str().unwrap_or("''");
        match kind {
            "flag" => assert_eq!((typed, default), ("boolean", "false"), "{name}"),
            "choice" => {
                let choices: BTreeSet<&str> = typed.split('\'').skip(1).step_by(2).collect();
                assert_eq!(choices, quoted.iter().copied().collect(), "{name}");
                assert_eq!(default.trim_matches('\''), quoted[0], "{name}");
            }
            _ => {
                assert_eq!(typed, "string", "{name}");
                assert_eq!(default.trim_matches('\''), quoted.first().copied().unwrap_or_default(), "{name}");
            }
        }
    }
    for refused in ["client-secret", "data-production"] {
        assert!(code.contains(&format!("'{refused}'")) && !listed.contains(refused), "{refused}");
    }
}

#[test]
fn the_element_sends_the_events_that_are_listed() {
    let element = element();
    let sent = element.script.split("emit('").chain(element.script.split("new CustomEvent('")).skip(1);
    let names = sent.filter_map(|rest| rest.split('\'').next()?.strip_prefix("pkce-"));
    let sent: BTreeSet<&str> = names.collect();
    assert_eq!(sent, listed(&Manifest::load(), "events", "pkce-"));
}

#[test]
fn the_element_has_the_custom_properties_that_are_listed_with_these_defaults() {
    let manifest = Manifest::load();
    let style = element().style;
    assert_eq!(names_after(&style, "--pkce-"), listed(&manifest, "cssProperties", "--pkce-"));
    let dense = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let style = dense(&style);
    for property in manifest.list("cssProperties") {
        let used = format!("var({},{}", text(property, "name"), dense(text(property, "default")));
        assert!(style.contains(&used), "the style has another default: {used}");
    }
}

#[test]
fn the_element_has_the_parts_that_are_listed() {
    let element = element();
    // `part(class, part)`, and the base.
    let built = element.rust.split("part(\"").skip(1).map(|rest| rest.split('"').nth(2).unwrap());
    let base = element.rust.split("\"part\", \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    // In the shell: `make(name, class, part)`.
    let drawn = element.script.split("= make(").skip(1).filter_map(|rest| rest.split(')').next()?.split('\'').nth(5));
    let found: BTreeSet<&str> = built.chain(base).chain(drawn).collect();
    assert_eq!(found, listed(&Manifest::load(), "cssParts", ""));
}

#[test]
fn the_element_has_the_slots_that_are_listed() {
    let element = element();
    let built = element.rust.split("slot(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let drawn = element.script.split(".name = '").skip(1).map(|rest| rest.split('\'').next().unwrap());
    let is_slot = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let named: BTreeSet<&str> = built.chain(drawn).filter(is_slot).collect();
    let manifest = Manifest::load();
    let listed = listed(&manifest, "slots", "");
    assert!(element.rust.contains("make(\"slot\", &[], &[])"));
    assert_eq!(named, listed.into_iter().filter(|name| !name.is_empty()).collect());
}

#[test]
fn the_element_has_the_methods_and_the_properties_that_are_listed() {
    let manifest = Manifest::load();
    let script = read("src/element/element.js");
    let after = |mark: &'static str| {
        let names = script.split(mark).skip(1).map(|rest| rest.split('(').next().unwrap());
        names.filter(|name| !name.starts_with('#')).collect::<BTreeSet<_>>()
    };
    let names = |members: Vec<&'_ serde_json::Value>| -> BTreeSet<String> {
        members.into_iter().map(|member| text(member, "name").to_owned()).collect()
    };
    let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    // `  name(parameters) {` and `  async name(parameters) {`; the browser calls what ends in `Callback`.
    let methods = script.lines().filter(|line| line.starts_with("  ") && line.contains(") {")).filter_map(|line| {
        let (name, _) = line[2..].trim_start_matches("async ").split_once('(')?;
        name.chars().all(|c| c.is_ascii_alphanumeric()).then_some(name)
    });
    let called = |name: &&str| *name == "handleCallback" || !(name.ends_with("Callback") || *name == "constructor");
    assert_eq!(owned(methods.filter(called).collect()), names(manifest.members("method")));
    let own = manifest.members("field").into_iter().filter(|field| field["attribute"].is_null());
    assert_eq!(owned(after("\n  get ")), names(own.clone().collect()));
    assert_eq!(owned(after("\n  set ")), names(own.filter(|field| field["readonly"] != true).collect()));
}

#[test]
fn the_words_that_can_be_replaced_are_listed() {
    let manifest = Manifest::load();
    let typed = manifest.types().iter().find(|typed| typed["name"] == "PkceTranslations").unwrap();
    let listed: BTreeSet<&str> = text(typed, "definition").split('\'').skip(1).step_by(2).collect();
    let labels = read("src/view/labels.rs");
    let declared = labels.split_once("\nlabels! {").unwrap().1.split_once("\n}").unwrap().0;
    let declared = declared.lines().filter_map(|line| line.split_once("\" = \""));
    let mut declared: BTreeSet<&str> = declared.map(|(before, _)| before.split_once('"').unwrap().1).collect();
    declared.insert("lang");
    assert_eq!(declared, listed);
}

#[test]
fn the_element_can_be_in_the_states_that_are_listed() {
    let manifest = Manifest::load();
    let states = listed(&manifest, "cssStates", "");
    let typed = manifest.types().iter().find(|typed| typed["name"] == "PkceLoginState").unwrap();
    assert_eq!(text(typed, "definition").split('\'').skip(1).step_by(2).collect::<BTreeSet<_>>(), states);
    let element = element();
    for state in states {
        assert!(
            element.script.contains(&format!("'{state}'")) || element.rust.contains(&format!("\"{state}\"")),
            "{state}"
        );
    }
}
