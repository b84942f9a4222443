//! wasm-bindgen's glue as text: what of it a page needs, and by which names it and its module know each other.
//!
//! The glue is a generated script of a fixed form. Where it has another form than the one known here, it is an error:
//! then wasm-bindgen has been updated, and this file has to follow.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

/// Opens the object with the functions that the module imports.
const IMPORT_OBJECT: &str = "const import0 = {";

/// What the module's exports are called in the glue.
const EXPORTS_OBJECT: &str = "wasm";

/// What a glue of the kind "module" exports. A page needs the second: it loads the module and starts it.
const EXPORTS: &str = "export { initSync, __wbg_init as default };";
const NEEDED_EXPORTS: &str = "export { __wbg_init as default };";

/// Where the glue looks for the module when it is not told.
const GUESS: &str = "    if (module_or_path === undefined) {";

/// New names for old ones.
pub(crate) type Names = BTreeMap<String, String>;

/// Takes out of a glue of the kind "module" what a page that only starts the app has no use for: the other way to start
/// it, and classes that libraries export to scripts and that the app itself does not make objects of.
pub(crate) fn for_a_page(glue: &str) -> Result<String> {
    without_unused(glue, "")
}

/// The same for a glue that scripts import: the classes that they name stay. They know where the module is, so the glue
/// does not guess it; a bundler would look for the file there.
pub(crate) fn for_scripts(glue: &str, scripts: &str) -> Result<String> {
    let glue = without_unused(glue, scripts)?;
    without_lines(&glue, GUESS, |line| line == "    }")
}

fn without_unused(glue: &str, scripts: &str) -> Result<String> {
    if glue.matches(EXPORTS).count() != 1 {
        bail!("the glue does not end with `{EXPORTS}`");
    }
    let mut glue = glue.replace(EXPORTS, NEEDED_EXPORTS);
    for class in exported_classes(&glue) {
        let without = without_class(&glue, &class).with_context(|| format!("the class {class} cannot be taken out"))?;
        if !has_word(scripts, &class) && !has_word(&without, &class) && !has_word(&without, &finalizer(&class)) {
            glue = without;
        }
    }
    Ok(glue)
}

fn exported_classes(glue: &str) -> Vec<String> {
    let classes = glue.lines().filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {"));
    classes.map(str::to_owned).collect()
}

fn finalizer(class: &str) -> String {
    format!("{class}Finalization")
}

fn without_class(glue: &str, class: &str) -> Result<String> {
    let dispose = format!("if (Symbol.dispose) {class}.prototype[Symbol.dispose] = {class}.prototype.free;");
    let glue = without_lines(glue, &format!("export class {class} {{"), |line| line == "}")?;
    let glue = without_lines(&glue, &dispose, |line| line == dispose)?;
    without_lines(&glue, &format!("const {} = ", finalizer(class)), |line| line.ends_with(';'))
}

/// Without the lines from the one with this start to the next that is the last.
fn without_lines(text: &str, start: &str, is_last: impl Fn(&str) -> bool) -> Result<String> {
    if text.lines().filter(|line| line.starts_with(start)).count() != 1 {
        bail!("not exactly one line starts with `{start}`");
    }
    let (mut kept, mut inside, mut ended) = (String::new(), false, false);
    for line in text.split_inclusive('\n') {
        inside |= !ended && line.starts_with(start);
        if !inside {
            kept.push_str(line);
        } else if is_last(line.trim_end()) {
            (inside, ended) = (false, true);
        }
    }
    if !ended {
        bail!("what starts with `{start}` has no end");
    }
    Ok(kept)
}

/// The exports of the module that the glue names.
pub(crate) fn used_exports(glue: &str) -> Result<BTreeSet<String>> {
    let mut used = BTreeSet::new();
    rename_exports(glue, |name| {
        used.insert(name.to_owned());
        Ok(name.to_owned())
    })?;
    if used.is_empty() {
        bail!("the glue uses no export of the module");
    }
    Ok(used)
}

/// Gives the module's imports and exports other names, and drops the functions that it does not import (any more).
pub(crate) fn rename(glue: &str, module: (&str, &str), imports: &Names, exports: &Names) -> Result<String> {
    let (old, new) = (format!("\"{}\": import0,", module.0), format!("\"{}\": import0,", module.1));
    if glue.matches(&old).count() != 1 {
        bail!("the glue does not have `{old}` exactly once");
    }
    let glue = rename_imports(&glue.replace(&old, &new), imports)?;
    rename_exports(&glue, |name| {
        exports.get(name).cloned().with_context(|| format!("the glue uses {name}, which the module does not export"))
    })
}

fn rename_imports(glue: &str, names: &Names) -> Result<String> {
    let parts: Vec<&str> = glue.split(IMPORT_OBJECT).collect();
    let [before, object] = parts.as_slice() else {
        bail!("the glue does not have `{IMPORT_OBJECT}` exactly once");
    };
    let indent = before.len() - before.trim_end_matches(' ').len();
    let end = format!("\n{}}};\n", " ".repeat(indent));
    let (properties, after) = object.split_once(&end).context("the glue's import object has no end")?;

    let mut renamed = String::new();
    let mut found = BTreeSet::new();
    let mut is_kept = true;
    for line in properties.lines() {
        let text = line.trim_start_matches(' ');
        let depth = line.len() - text.len();
        if depth == indent + 4 && !text.starts_with('}') {
            let (name, value) = text.split_once(": ").with_context(|| format!("`{text}` is no property"))?;
            if name == "__proto__" {
                is_kept = true;
                renamed.push_str(line);
            } else if let Some(new) = names.get(name) {
                is_kept = true;
                if !found.insert(name) || words(glue).filter(|word| *word == name).count() != 1 {
                    bail!("the glue names the import {name} more than once");
                }
                renamed.push_str(&format!("{new}: {value}"));
            } else {
                is_kept = false;
            }
        } else if !text.is_empty() && depth < indent + 4 {
            bail!("`{text}` is in the glue's import object, at a place where nothing was expected");
        } else if is_kept {
            renamed.push_str(line);
        }
        if is_kept {
            renamed.push('\n');
        }
    }
    if let Some(name) = names.keys().find(|name| !found.contains(name.as_str())) {
        bail!("the module imports {name}, which the glue does not have");
    }
    Ok(format!("{before}{IMPORT_OBJECT}{renamed}{}{after}", end.trim_start_matches('\n')))
}

/// The glue with another name in each `wasm.NAME`.
fn rename_exports(glue: &str, mut rename: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut renamed = String::new();
    let mut rest = glue;
    while let Some(at) = rest.find(EXPORTS_OBJECT) {
        let (before, found) = rest.split_at(at);
        let (object, after) = found.split_at(EXPORTS_OBJECT.len());
        let is_word = !before.ends_with(|last| is_word_character(last) || last == '.');
        renamed.push_str(before);
        renamed.push_str(object);
        rest = after;
        if is_word && after.starts_with('[') {
            bail!("the glue uses an export whose name is only known when it runs");
        }
        let Some(name) = after.strip_prefix('.').filter(|_| is_word).and_then(|after| words(after).next()) else {
            continue;
        };
        if let Some(after) = after.strip_prefix('.').and_then(|after| after.strip_prefix(name)) {
            renamed.push('.');
            renamed.push_str(&rename(name)?);
            rest = after;
        }
    }
    renamed.push_str(rest);
    Ok(renamed)
}

/// Everything in a script that can be a name, and more.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word_character(c)).filter(|word| !word.is_empty())
}

fn has_word(text: &str, wanted: &str) -> bool {
    words(text).any(|word| word == wanted)
}

fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The shortest names, in a fixed order: a, b, ... z, A, ... Z, aa, ab and so on.
pub(crate) fn short_name(mut index: usize) -> String {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = Vec::new();
    loop {
        name.extend(LETTERS.chars().nth(index % LETTERS.len()));
        if index < LETTERS.len() {
            return name.iter().rev().collect();
        }
        index = index / LETTERS.len() - 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The parts of a glue that matter here, in the form that wasm-bindgen gives them.
    pub(crate) const GLUE: &str = "\
export class Stream {
    free() {
        wasm.__wbg_stream_free(this.__wbg_ptr, 0);
    }
}
if (Symbol.dispose) Stream.prototype[Symbol.dispose] = Stream.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_log_0123456789abcdef: function(arg0) {
            console.log(arg0);
        },
        __wbg_fetch_0123456789abcdef: function() { return handleError(function (arg0) {
            const ret = fetch(arg0);
            return ret;
        }, arguments); },
        __wbg_unused_0123456789abcdef: function(arg0) {
            return wasm.__wbindgen_malloc(arg0);
        },
    };
    return {
        __proto__: null,
        \"./app_bg.js\": import0,
    };
}
const StreamFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_stream_free(ptr, 1));
let wasm;
function finalize(instance) {
    wasm = instance.exports;
    new Uint8Array(wasm.memory.buffer);
    wasm.__wbindgen_start();
    return new URL('app_bg.wasm', import.meta.url);
}
export { initSync, __wbg_init as default };
";

    const MODULE: (&str, &str) = ("./app_bg.js", "a");

    fn names(pairs: &[(&str, &str)]) -> Names {
        pairs.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect()
    }

    fn imports() -> Names {
        names(&[("__wbg_log_0123456789abcdef", "a"), ("__wbg_fetch_0123456789abcdef", "b")])
    }

    fn exports() -> Names {
        names(&[("memory", "a"), ("__wbindgen_start", "b"), ("__wbindgen_malloc", "c"), ("__wbg_stream_free", "d")])
    }

    #[test]
    fn what_a_page_does_not_use_goes() {
        let glue = for_a_page(GLUE).unwrap();
        assert!(!glue.contains("Stream") && !glue.contains("stream"), "{glue}");
        assert!(glue.starts_with("function __wbg_get_imports") && glue.contains("};\n}\nlet wasm;"), "{glue}");
        assert!(glue.ends_with("export { __wbg_init as default };\n"));
    }

    #[test]
    fn a_class_that_the_app_makes_objects_of_stays() {
        let glue = GLUE.replace("console.log(arg0)", "return Stream.__wrap(arg0)");
        let glue = for_a_page(&glue).unwrap();
        assert!(glue.contains("export class Stream {") && glue.contains("const StreamFinalization"), "{glue}");
    }

    #[test]
    fn a_class_that_a_script_names_stays_and_the_module_is_not_guessed() {
        let guess = "    if (module_or_path === undefined) {\n        module_or_path = new URL('app_bg.wasm', import.meta.url);\n    }\n";
        let glue = GLUE.replace("    return new URL('app_bg.wasm', import.meta.url);\n", guess);
        let kept = for_scripts(&glue, "import init, { Stream } from './glue.js';").unwrap();
        assert!(kept.contains("export class Stream {") && !kept.contains("app_bg.wasm"), "{kept}");
        assert!(kept.contains("wasm.__wbindgen_start();\n}\n"), "{kept}");
        assert!(!for_scripts(&glue, "import init from './glue.js';").unwrap().contains("Stream"));
        assert!(for_scripts(GLUE, "").is_err(), "a glue that guesses otherwise");
    }

    #[test]
    fn a_class_of_another_form_is_an_error() {
        for part in ["if (Symbol.dispose)", "const StreamFinalization", "export { initSync"] {
            assert!(for_a_page(&GLUE.replace(part, "//")).is_err(), "{part}");
        }
    }

    #[test]
    fn the_exports_that_the_glue_uses_are_found() {
        let used = used_exports(GLUE).unwrap();
        assert_eq!(used, exports().into_keys().collect());
        assert!(!used_exports(&for_a_page(GLUE).unwrap()).unwrap().contains("__wbg_stream_free"));
        assert!(used_exports("").is_err());
        assert!(used_exports("wasm[name]()").is_err());
        assert!(used_exports("my_wasm.a; x.wasm.b; wasm;").is_err(), "other things that end alike");
    }

    #[test]
    fn imports_and_exports_are_renamed_and_the_unused_function_goes() {
        let glue = rename(GLUE, MODULE, &imports(), &exports()).unwrap();
        let object = "\
    const import0 = {
        __proto__: null,
a: function(arg0) {
            console.log(arg0);
        },
b: function() { return handleError(function (arg0) {
            const ret = fetch(arg0);
            return ret;
        }, arguments); },
    };
    return {
        __proto__: null,
        \"a\": import0,
    };
";
        assert!(glue.contains(object), "{glue}");
        assert!(glue.contains("new Uint8Array(wasm.a.buffer);\n    wasm.b();"), "{glue}");
        assert!(glue.contains("'app_bg.wasm'"), "{glue}");
        assert!(!glue.contains("__wbindgen") && !glue.contains("0123456789abcdef"), "{glue}");
    }

    #[test]
    fn the_glue_of_a_classic_script_is_indented_and_understood_as_well() {
        let glue: String = GLUE.lines().map(|line| format!("    {line}\n")).collect();
        let glue = rename(&glue, MODULE, &imports(), &exports()).unwrap();
        assert!(glue.contains("\na: function(arg0) {\n") && !glue.contains("__wbg_unused"), "{glue}");
    }

    #[test]
    fn whatever_does_not_match_is_an_error() {
        let fails = |glue: &str, imports: &Names, exports: &Names| rename(glue, MODULE, imports, exports).is_err();
        let more = names(&[("__wbg_other_0123456789abcdef", "c")]);
        assert!(fails(GLUE, &more, &exports()), "an import that the glue does not have");
        assert!(fails(GLUE, &imports(), &Names::new()), "exports that the module does not have");
        for (old, new) in [
            ("./app_bg.js", "./other_bg.js"),
            ("import0 = {", "import1 = {"),
            ("        __wbg_log_", "    __wbg_log_"),
            ("__wbg_unused_0123456789abcdef: ", "__wbg_unused_0123456789abcdef"),
            ("__wbg_unused_", "__wbg_log_"),
            ("console.log(arg0)", "import0.__wbg_log_0123456789abcdef(arg0)"),
        ] {
            assert!(fails(&GLUE.replace(old, new), &imports(), &exports()), "{old} -> {new}");
        }
    }

    #[test]
    fn short_names_are_short_and_all_different() {
        assert_eq!([0, 1, 51, 52, 53, 2755, 2756].map(short_name), ["a", "b", "Z", "aa", "ab", "ZZ", "aaa"]);
        let names: BTreeSet<String> = (0..3000).map(short_name).collect();
        assert_eq!(names.len(), 3000);
    }
}
