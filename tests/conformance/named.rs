//! Tests that documents name, in the form `file::name`.

use std::fs;
use std::path::PathBuf;

/// A file of the project.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether that file has that test.
pub(crate) fn is_there(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test} is not file::name"));
    let text = read(file);
    if file.ends_with(".mjs") {
        return text.contains(&format!("test('{name}',"));
    }
    let declaration = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| {
        pair[1].trim_start_matches("async ").starts_with(&declaration)
            && ["#[test]", "#[wasm_bindgen_test]"].contains(&pair[0])
    })
}
