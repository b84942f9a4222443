//! Makes a module and its glue small: what is not used goes, and what is left has short names.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::glue::{self, Names};
use crate::tools::Toolbox;
use crate::wasm::Module;
use crate::{order, paths, run};

/// How a script is loaded, which decides whether its top-level names can be shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    Module,
    Classic,
}

/// The name that the module knows its glue by.
const SHORT_MODULE: &str = "a";

/// Shrinks the module in place and returns the glue that fits it.
///
/// wasm-bindgen names an import for what it does and adds a hash, which no compression makes smaller.
pub(crate) fn shrink(toolbox: &Toolbox, path: &Path, glue: &str, kind: ScriptKind) -> Result<String> {
    let glue = match kind {
        ScriptKind::Module => glue::for_a_page(glue)?,
        ScriptKind::Classic => glue.to_owned(),
    };
    shrink_for(toolbox, path, &glue)
}

/// The same for a module that these scripts use through its glue.
pub(crate) fn shrink_imported(toolbox: &Toolbox, path: &Path, glue: &str, scripts: &str) -> Result<String> {
    shrink_for(toolbox, path, &glue::for_scripts(glue, scripts)?)
}

fn shrink_for(toolbox: &Toolbox, path: &Path, glue: &str) -> Result<String> {
    let work = || -> Result<String> {
        let mut module = read(path)?;
        keep_used_exports(&mut module, glue)?;
        write(path, &module)?;
        // It takes the code that no export leads to any more, and the imports that only that code used.
        optimize_wasm(toolbox, path)?;
        order::arrange(toolbox, path)?;
        let mut module = read(path)?;
        module.drop_custom_sections();
        let glue = shorten_names(&mut module, glue)?;
        write(path, &module)?;
        Ok(glue)
    };
    work().with_context(|| format!("cannot shrink {} and its glue", path.display()))
}

fn keep_used_exports(module: &mut Module, glue: &str) -> Result<()> {
    let used = glue::used_exports(glue)?;
    let mut exports = module.exports()?;
    if let Some(name) = used.iter().find(|name| exports.iter().all(|export| export.name != **name)) {
        bail!("the glue uses {name}, which the module does not export");
    }
    exports.retain(|export| used.contains(&export.name));
    module.set_exports(&exports)
}

fn shorten_names(module: &mut Module, glue: &str) -> Result<String> {
    let mut imports = module.imports()?;
    let Some(old_module) = imports.first().map(|import| import.module.clone()) else {
        bail!("the module imports nothing");
    };
    let mut new_imports = Names::new();
    for import in &mut imports {
        if import.module != old_module {
            bail!("the module imports from {old_module} and from {}; only one was expected", import.module);
        }
        let short = glue::short_name(new_imports.len());
        // One function can be imported as several types.
        let new_name = new_imports.entry(import.name.clone()).or_insert(short);
        import.name.clone_from(new_name);
        SHORT_MODULE.clone_into(&mut import.module);
    }
    let mut exports = module.exports()?;
    let mut new_exports = Names::new();
    for (index, export) in exports.iter_mut().enumerate() {
        let short = glue::short_name(index);
        new_exports.insert(export.name.clone(), short.clone());
        export.name = short;
    }
    let glue = glue::rename(glue, (&old_module, SHORT_MODULE), &new_imports, &new_exports)?;
    module.set_imports(&imports)?;
    module.set_exports(&exports)?;
    Ok(glue)
}

fn read(path: &Path) -> Result<Module> {
    Module::parse(&fs::read(path)?)
}

fn write(path: &Path, module: &Module) -> Result<()> {
    Ok(fs::write(path, module.to_octets()?)?)
}

/// wasm-opt for size. `target_features` stays, as wasm-opt itself reads it to learn what it may use.
///
/// Nothing is ever kept in the first kilobyte of the memory but the very end of the stack, so the address of a field
/// is never made by an addition that wraps around: wasm-opt may put the addition into the access.
///
/// Made flat and put together anew, branches and blocks come out shorter than the compiler had them; what that leaves
/// to tidy up takes a second round.
fn optimize_wasm(toolbox: &Toolbox, path: &Path) -> Result<()> {
    let mut optimize = toolbox.node("binaryen/bin/wasm-opt");
    optimize.arg(path).args(["--flatten", "--rereloop", "-Oz", "-Oz"]);
    optimize.args(["--low-memory-unused", "--strip-debug", "--strip-producers", "-o"]).arg(path);
    run::run(&mut optimize)
}

/// esbuild. (Trunk's own minifier stops at the glue of wasm-bindgen.)
pub(crate) fn minify_script(toolbox: &Toolbox, path: &Path, kind: ScriptKind) -> Result<()> {
    let mut minify = esbuild(toolbox, path);
    if kind == ScriptKind::Module {
        minify.args(["--format=esm", "--tree-shaking=true"]);
    }
    run::run(&mut minify)
}

/// The style, by esbuild too.
pub(crate) fn minify_style(toolbox: &Toolbox, path: &Path) -> Result<()> {
    run::run(&mut esbuild(toolbox, path))
}

/// Minifies one file in place.
fn esbuild(toolbox: &Toolbox, path: &Path) -> Command {
    let mut minify = toolbox.node("esbuild/bin/esbuild");
    minify.arg(path).args([
        "--minify",
        "--charset=utf8",
        "--legal-comments=none",
        "--log-level=warning",
        "--allow-overwrite",
    ]);
    minify.arg(format!("--outfile={}", path.display())).current_dir(paths::root());
    minify
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glue::tests::GLUE;
    use crate::wasm::tests::module;

    const FETCH: (&str, &str) = ("./app_bg.js", "__wbg_fetch_0123456789abcdef");
    const LOG: (&str, &str) = ("./app_bg.js", "__wbg_log_0123456789abcdef");
    const EXPORTS: &[&str] = &["memory", "main", "__wbg_stream_free", "__wbindgen_malloc", "__wbindgen_start"];

    fn export_names(module: &Module) -> Vec<String> {
        module.exports().unwrap().into_iter().map(|export| export.name).collect()
    }

    #[test]
    fn exports_go_that_the_glue_does_not_use() {
        let mut module = module(&[LOG], EXPORTS);
        keep_used_exports(&mut module, &glue::for_a_page(GLUE).unwrap()).unwrap();
        assert_eq!(export_names(&module), ["memory", "__wbindgen_malloc", "__wbindgen_start"]);
    }

    #[test]
    fn an_export_that_the_glue_uses_has_to_be_there() {
        assert!(keep_used_exports(&mut module(&[LOG], &["memory"]), GLUE).is_err());
    }

    #[test]
    fn module_and_glue_get_the_same_names() {
        let mut module = module(&[FETCH, LOG, FETCH], EXPORTS);
        let glue = shorten_names(&mut module, GLUE).unwrap();
        let imports: Vec<String> = module.imports().unwrap().into_iter().map(|import| import.name).collect();
        assert_eq!(imports, ["a", "b", "a"]);
        assert!(module.imports().unwrap().iter().all(|import| import.module == "a"));
        assert_eq!(export_names(&module), ["a", "b", "c", "d", "e"]);
        assert!(glue.contains("a: function() { return handleError"), "{glue}");
        assert!(glue.contains("b: function(arg0) {\n            console.log"), "{glue}");
        assert!(glue.contains("wasm.e();"), "{glue}");
    }

    #[test]
    fn imports_from_two_places_are_an_error() {
        assert!(shorten_names(&mut module(&[FETCH, ("./other.js", "f")], EXPORTS), GLUE).is_err());
        assert!(shorten_names(&mut module(&[], EXPORTS), GLUE).is_err());
    }
}
