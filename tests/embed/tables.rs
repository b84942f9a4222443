//! The tables of `docs/element.md`.

use serde_json::Value;

use crate::manifest::{Manifest, parameters, text, type_of};

type Table = fn(&Manifest) -> String;

pub(crate) const TABLES: [(&str, Table); 8] = [
    ("attributes", attributes),
    ("properties", properties),
    ("methods", methods),
    ("events", events),
    ("slots", slots),
    ("parts", |manifest| named(manifest, "cssParts", "part", "")),
    ("states", |manifest| named(manifest, "cssStates", "state", ":state")),
    ("custom properties", custom_properties),
];

/// The document, with each table between its marks made anew.
pub(crate) fn filled(document: &str, manifest: &Manifest) -> String {
    let mut filled = document.to_owned();
    for (name, table) in TABLES {
        let start = format!("<!-- table: {name} -->\n");
        let (before, rest) = filled.split_once(&start).unwrap_or_else(|| panic!("no table of {name}"));
        let (_, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("the table of {name} does not end"));
        filled = format!("{before}{start}{}<!-- end -->{after}", table(manifest));
    }
    filled
}

fn rows(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut table = line(head.iter().map(|&cell| cell.to_owned()).collect());
    table += &format!("|{}\n", "---|".repeat(head.len()));
    rows.for_each(|row| table += &line(row));
    table
}

/// Code in a cell, whose bars would end it.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn default(item: &Value) -> String {
    item["default"].as_str().map_or_else(|| "–".to_owned(), code)
}

fn description(item: &Value) -> String {
    text(item, "description").to_owned()
}

fn attributes(manifest: &Manifest) -> String {
    let row = |item: &Value| {
        let names = [text(item, "name"), text(item, "fieldName")];
        let property = if names[0] == names[1] { "the same".to_owned() } else { code(names[1]) };
        vec![code(names[0]), property, code(type_of(item)), default(item), description(item)]
    };
    rows(&["attribute", "property", "type", "default", "what it does"], manifest.list("attributes").iter().map(row))
}

fn properties(manifest: &Manifest) -> String {
    let fields = manifest.members("field").into_iter().filter(|field| field["attribute"].is_null());
    let row = |item: &Value| {
        let is_read_only = if item["readonly"] == true { "read" } else { "read, set" };
        vec![code(text(item, "name")), code(type_of(item)), is_read_only.to_owned(), default(item), description(item)]
    };
    rows(&["property", "type", "you can", "default", "what it is"], fields.map(row))
}

fn methods(manifest: &Manifest) -> String {
    let row = |item: &Value| {
        let call = format!("{}({})", text(item, "name"), parameters(item));
        let explained = item["parameters"].as_array().into_iter().flatten();
        let explained =
            explained.map(|parameter| format!(" `{}`: {}", text(parameter, "name"), description(parameter)));
        let is_plain_fetch = text(item, "name") == "fetch";
        let more = if is_plain_fetch { String::new() } else { explained.collect() };
        vec![code(&call), code(type_of(&item["return"])), description(item) + &more]
    };
    rows(&["method", "gives", "what it does"], manifest.members("method").into_iter().map(row))
}

fn events(manifest: &Manifest) -> String {
    let row = |item: &Value| {
        let detail = type_of(item).strip_prefix("CustomEvent<").and_then(|rest| rest.strip_suffix('>')).unwrap_or("–");
        let cancelable = if item["x-pkce"]["cancelable"] == true { "yes" } else { "no" };
        vec![code(text(item, "name")), code(detail), cancelable.to_owned(), description(item)]
    };
    rows(&["event", "`detail`", "cancelable", "when"], manifest.list("events").iter().map(row))
}

fn slots(manifest: &Manifest) -> String {
    let row = |item: &Value| {
        let name = Some(text(item, "name")).filter(|name| !name.is_empty()).map_or("the default slot".to_owned(), code);
        vec![name, description(item)]
    };
    rows(&["slot", "what for"], manifest.list("slots").iter().map(row))
}

fn named(manifest: &Manifest, list: &str, head: &str, function: &str) -> String {
    let row = |item: &Value| {
        let name = text(item, "name");
        let name = if function.is_empty() { code(name) } else { code(&format!("{function}({name})")) };
        vec![name, description(item)]
    };
    rows(&[head, "what it is"], manifest.list(list).iter().map(row))
}

fn custom_properties(manifest: &Manifest) -> String {
    let row = |item: &Value| {
        let default = text(item, "default");
        let both = default.strip_prefix("light-dark(").and_then(|rest| rest.strip_suffix(')'));
        let (light, dark) = both.and_then(|both| both.split_once(", ")).unwrap_or((default, default));
        vec![code(text(item, "name")), code(light), code(dark), description(item)]
    };
    rows(&["custom property", "light", "dark", "what it is"], manifest.list("cssProperties").iter().map(row))
}
