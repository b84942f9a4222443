//! The built-in authorizer's service worker: one classic script and one WebAssembly module.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::bindgen::Target;
use crate::optimize::{self, ScriptKind};
use crate::post_build::{Profile, content_hash};
use crate::tools::Toolbox;
use crate::{bindgen, paths, release, run};

/// The name of the binary, and of the files made from it.
const NAME: &str = "authorizer-worker";

/// Our part of the script, which takes the browser's events to the module.
const SHIM: &str = "src/bin/authorizer_worker/worker.js";

/// Stands in the shim where the module's address belongs.
const WASM_PLACEHOLDER: &str = "__WASM_URL__";

/// Builds `authorizer-worker.js` and `authorizer-worker-HASH.wasm` into a directory.
///
/// The script has no hash in its name, because that name is the registration. It carries the module's hash instead: a
/// changed module changes the script, and that is what makes a browser update the worker.
pub(crate) fn build(toolbox: &Toolbox, profile: Profile, out: &Path) -> Result<()> {
    let work = paths::target()?.join("authorizer-worker");
    compile(profile)?;
    bind(toolbox, profile, &work)?;

    let module = work.join(format!("{NAME}_bg.wasm"));
    let glue = fs::read_to_string(work.join(format!("{NAME}.js"))).context("wasm-bindgen wrote no glue")?;
    if profile == Profile::Release {
        optimize::module(toolbox, &module)?;
    }
    let octets = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let module_name = format!("{NAME}-{}.wasm", content_hash(&[&octets]));
    fs::write(out.join(&module_name), octets)?;

    let shim = fs::read_to_string(paths::root().join(SHIM)).with_context(|| format!("cannot read {SHIM}"))?;
    let script = out.join(format!("{NAME}.js"));
    fs::write(&script, assemble(&glue, &shim, &module_name)?)?;
    if profile == Profile::Release {
        optimize::script(toolbox, &script, ScriptKind::Classic)?;
    }
    Ok(())
}

fn compile(profile: Profile) -> Result<()> {
    let mut build = run::cargo();
    build.args(["build", "--offline", "--target=wasm32-unknown-unknown", "--features=worker", "--bin", NAME]);
    if profile == Profile::Release {
        release::compile(&mut build);
    }
    run::run(build.current_dir(paths::root()))
}

/// A service worker is a classic script everywhere; module workers are not.
fn bind(toolbox: &Toolbox, profile: Profile, work: &Path) -> Result<()> {
    let dir = if profile == Profile::Release { "release" } else { "debug" };
    let module = paths::target()?.join("wasm32-unknown-unknown").join(dir).join(format!("{NAME}.wasm"));
    bindgen::bind(toolbox, Target::NoModules, &module, NAME, work)
}

fn assemble(glue: &str, shim: &str, module_name: &str) -> Result<String> {
    if !shim.contains(WASM_PLACEHOLDER) {
        bail!("{SHIM} has no {WASM_PLACEHOLDER}, so it cannot load its module");
    }
    Ok(format!("{glue}\n{}", shim.replace(WASM_PLACEHOLDER, module_name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shim_follows_the_glue_and_names_the_module() {
        let script = assemble("let wasm_bindgen;", "wasm_bindgen('__WASM_URL__');", "worker-1.wasm").unwrap();
        assert_eq!(script, "let wasm_bindgen;\nwasm_bindgen('worker-1.wasm');");
    }

    #[test]
    fn a_shim_without_the_placeholder_is_an_error() {
        assert!(assemble("", "wasm_bindgen('other.wasm');", "worker-1.wasm").is_err());
    }
}
