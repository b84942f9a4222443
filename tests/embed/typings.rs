//! `src/element/element.d.ts`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::manifest::{Manifest, parameters, text, type_of};

const HEAD: &str =
    "// Made from custom-elements.json: change that one, then run `UPDATE=1 cargo test --test embed`.\n\n";

/// What every framework lets stand in a tag besides.
const SHARED_PROPS: &str = "  children?: unknown;
  class?: string;
  className?: string;
  hidden?: boolean;
  id?: string;
  key?: string | number | bigint | null;
  ref?: PkceLoginElement | { current: PkceLoginElement | null } | ((element: PkceLoginElement | null) => void) | null;
  slot?: string;
  style?: unknown;
  title?: string;
";

/// The overloads of `addEventListener` and `removeEventListener`: first, options.
const LISTENERS: [(&str, &str); 2] = [("add", "AddEventListenerOptions"), ("remove", "EventListenerOptions")];

/// Frameworks that look for tags in a namespace of their own.
const FRAMEWORKS: [(&str, &str); 3] = [("React", "react"), ("Preact", "preact"), ("Solid", "solid-js/jsx-runtime")];

pub(crate) fn document(manifest: &Manifest) -> String {
    let mut out = HEAD.to_owned();
    for (module, names) in manifest.imports() {
        let _ = writeln!(out, "import type {{ {} }} from '{module}';", names.join(", "));
    }
    for typed in manifest.types() {
        let _ = write!(out, "\n{}", comment(typed, ""));
        let _ = writeln!(out, "export type {} = {};", text(typed, "name"), text(typed, "definition"));
    }
    out += &events(manifest);
    out += &class(manifest);
    out += &props(manifest);
    out += &names();
    out
}

fn comment(item: &Value, indent: &str) -> String {
    format!("{indent}/** {} */\n", text(item, "description"))
}

fn events(manifest: &Manifest) -> String {
    let mut out = "\n/** The element's own events. They bubble, and leave shadow trees. */\n".to_owned();
    out += "export interface PkceLoginEventMap {\n";
    for event in manifest.list("events") {
        let _ = writeln!(out, "{}  '{}': {};", comment(event, "  "), text(event, "name"), type_of(event));
    }
    out + "}\n"
}

fn class(manifest: &Manifest) -> String {
    let mut out =
        format!("\n{}export class PkceLoginElement extends HTMLElement {{\n", comment(manifest.element(), ""));
    for field in manifest.members("field").into_iter().filter(|field| field["inheritedFrom"].is_null()) {
        // What an attribute does says more than that there is one.
        let attribute = manifest.list("attributes").iter().find(|attribute| attribute["name"] == field["attribute"]);
        let readonly = if field["readonly"] == true { "readonly " } else { "" };
        out += &comment(attribute.unwrap_or(field), "  ");
        let _ = writeln!(out, "  {readonly}{}: {};", text(field, "name"), type_of(field));
    }
    for method in manifest.members("method") {
        let (name, parameters, gives) = (text(method, "name"), parameters(method), type_of(&method["return"]));
        let _ = writeln!(out, "{}  {name}({parameters}): {gives};", comment(method, "  "));
    }
    for (verb, options) in LISTENERS {
        let method = format!("{verb}EventListener");
        for map in ["PkceLoginEventMap", "HTMLElementEventMap"] {
            let listener = format!("(this: PkceLoginElement, event: {map}[K]) => unknown");
            let _ = write!(out, "  {method}<K extends keyof {map}>(type: K, listener: {listener}, ");
            let _ = writeln!(out, "options?: boolean | {options}): void;");
        }
        let _ = write!(out, "  {method}(type: string, listener: EventListenerOrEventListenerObject, ");
        let _ = writeln!(out, "options?: boolean | {options}): void;");
    }
    out + "}\n"
}

fn props(manifest: &Manifest) -> String {
    let mut out =
        "\n/** What may stand in the tag in JSX: attributes, properties, and listeners as React and Preact (`on…`), \
                   or Solid (`on:…`) want them. */\nexport interface PkceLoginProps {\n"
            .to_owned();
    let mut prop = |name: &str, of: &str| {
        let is_name = name.chars().all(char::is_alphanumeric);
        let _ = if is_name { writeln!(out, "  {name}?: {of};") } else { writeln!(out, "  '{name}'?: {of};") };
    };
    let attributes = manifest.list("attributes");
    attributes.iter().for_each(|attribute| prop(text(attribute, "name"), type_of(attribute)));
    for field in manifest.members("field").into_iter().filter(|field| field["readonly"] != true) {
        if !attributes.iter().any(|attribute| attribute["name"] == field["name"]) {
            prop(text(field, "name"), type_of(field));
        }
    }
    for prefix in ["on", "on:"] {
        for event in manifest.list("events").iter().map(|event| text(event, "name")) {
            prop(&format!("{prefix}{event}"), &format!("(event: PkceLoginEventMap['{event}']) => void"));
        }
    }
    out + SHARED_PROPS + "}\n"
}

/// Where tags are looked up by their names.
fn names() -> String {
    let tags = "namespace JSX {\n    interface IntrinsicElements {\n      'pkce-login': PkceLoginProps;\n    }\n  }\n";
    let mut out = "\ndeclare global {\n  interface HTMLElementTagNameMap {\n    'pkce-login': PkceLoginElement;\n  }\n"
        .to_owned();
    let _ = writeln!(out, "  {tags}}}");
    for (name, module) in FRAMEWORKS {
        let _ = write!(out, "\n// @ts-ignore: {name} need not be there.\ndeclare module '{module}' {{\n  {tags}}}\n");
    }
    out
}
