//! What has to be so before the npm package is packed: nothing in it names a file that is not there, or this machine.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::package::names;
use crate::{build_paths, paths, run};

/// Where packages come from. A mirror of somebody's would be named likewise.
const REGISTRIES: &[&str] = &["://registry.", "/registry/src/"];

/// What is in the crate for those who change it, and not for those who use it.
const NOT_PUBLISHED: &[&str] = &["tests/", "fuzz/", "xtask/", "dist/", "benches/", "examples/minimal/", "style/"];

/// The largest crate that would be published, in octets before compression.
const CRATE_LIMIT: u64 = 2 * 1024 * 1024;

pub(crate) fn check(package: &Path) -> Result<()> {
    let files = names(package)?;
    let manifest = read_json(&package.join("package.json"))?;
    if let Some(missing) = named_files(&manifest).into_iter().find(|name| !has(&files, name)) {
        bail!("package.json names {missing}, which is not in the package");
    }
    for name in &files {
        let path = package.join(name);
        let octets = fs::read(&path)?;
        let text = String::from_utf8_lossy(&octets);
        if let Some(registry) = REGISTRIES.iter().find(|registry| text.contains(**registry)) {
            bail!("{name} names a registry: {registry}");
        }
        if let Some(dir) = path.parent().filter(|dir| *dir != package) {
            build_paths::forbid_in(dir)?;
        }
    }
    let elements = read_json(&package.join("custom-elements.json"))?;
    let types = fs::read_to_string(package.join("element.d.ts")).context("there are no types of the element")?;
    match members(&elements).into_iter().find(|name| !has_word(&types, name)) {
        Some(name) => bail!("custom-elements.json has {name}, which element.d.ts does not"),
        None => Ok(()),
    }
}

/// Whether cargo and npm would take it. Nothing is sent.
pub(crate) fn publish(package: &Path) -> Result<()> {
    let mut npm = run::npm();
    npm.args(["pack", "--dry-run", "--loglevel=error"]).current_dir(package);
    run::run(&mut npm)?;
    crate_files()?;
    let mut cargo = run::cargo();
    cargo.args(["package", "--allow-dirty", "--offline", "--package=pkce-login"]).current_dir(paths::root());
    run::run(&mut cargo)
}

/// What would be in the crate, which has no need of what only a clone uses.
pub(crate) fn crate_files() -> Result<()> {
    let mut list = run::cargo();
    list.args(["package", "--list", "--allow-dirty", "--offline", "--package=pkce-login"]).current_dir(paths::root());
    let list = run::output(&mut list)?;
    if let Some(name) = list.lines().find(|name| NOT_PUBLISHED.iter().any(|dir| name.starts_with(dir))) {
        bail!("{name} would be published with the crate: see `include` in Cargo.toml");
    }
    let sizes = list.lines().filter_map(|name| fs::metadata(paths::root().join(name)).ok()).map(|file| file.len());
    let sum: u64 = sizes.sum();
    if sum > CRATE_LIMIT {
        bail!("the crate would have {sum} octets, more than {CRATE_LIMIT}");
    }
    Ok(())
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// All paths in `exports` and in the other members that name files.
fn named_files(manifest: &Value) -> Vec<String> {
    let members = ["bin", "customElements", "exports", "sideEffects", "types"];
    let mut found = Vec::new();
    for value in members.iter().filter_map(|name| manifest.get(name)) {
        texts(value, &mut found);
    }
    found.into_iter().map(|name| name.trim_start_matches("./").to_owned()).collect()
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// A name with a star stands for at least one file.
fn has(files: &[String], name: &str) -> bool {
    match name.split_once('*') {
        Some((start, end)) => files.iter().any(|file| file.starts_with(start) && file.ends_with(end)),
        // sri.json is written after this, as it has the hashes of all others.
        None => name == crate::package::HASHES || files.iter().any(|file| file == name),
    }
}

/// The names of what TypeScript has to know: properties, methods and events.
fn members(elements: &Value) -> Vec<String> {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for module in list(elements, "modules") {
        for declaration in list(&module, "declarations") {
            for member in list(&declaration, "members").iter().chain(&list(&declaration, "events")) {
                let is_public = member.get("privacy").and_then(Value::as_str).is_none_or(|privacy| privacy == "public");
                found.extend(member.get("name").and_then(Value::as_str).filter(|_| is_public).map(str::to_owned));
            }
        }
    }
    found
}

fn has_word(text: &str, wanted: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || "_$-".contains(c))).any(|word| word == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_file_that_the_manifest_names_is_found_in_it() {
        let manifest = json!({
            "name": "x",
            "bin": { "x": "copy.mjs" },
            "exports": { ".": { "types": "./x.d.ts", "default": "./x.js" }, "./locales/*": "./locales/*.js" },
        });
        assert_eq!(named_files(&manifest), ["copy.mjs", "x.js", "x.d.ts", "locales/*.js"]);
        let files = ["x.js".to_owned(), "locales/de.js".to_owned()];
        assert!(has(&files, "x.js") && has(&files, "locales/*.js") && has(&files, "sri.json"));
        assert!(!has(&files, "x.d.ts") && !has(&files, "locales/*.d.ts"));
    }

    #[test]
    fn what_scripts_see_of_the_element_has_to_have_a_type() {
        let elements = json!({ "modules": [{ "declarations": [{
            "members": [{ "name": "signIn" }, { "name": "inner", "privacy": "private" }],
            "events": [{ "name": "pkce-error" }],
        }] }] });
        assert_eq!(members(&elements), ["signIn", "pkce-error"]);
        assert!(has_word("  'pkce-error': CustomEvent;", "pkce-error"));
        assert!(!has_word("signInNow(): void; pkce-errors", "signIn") && !has_word("pkce-errors", "pkce-error"));
    }

    #[test]
    fn the_manifest_of_the_package_is_json_and_types_come_first() {
        let text = fs::read_to_string(paths::root().join("xtask/package/package.json")).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        assert!(named_files(&manifest).contains(&"headless.d.ts".to_owned()));
        for line in text.lines().filter(|line| line.contains("\"default\"")) {
            assert!(line.find("\"types\"") < line.find("\"default\""), "{line}");
        }
    }
}
