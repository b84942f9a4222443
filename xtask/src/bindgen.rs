//! wasm-bindgen: the module that cargo built becomes the module that a browser loads, and its glue.

use std::path::Path;

use anyhow::Result;

use crate::run;
use crate::tools::Toolbox;

/// What the glue is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A script of the kind "module", for a page.
    Web,
    /// A classic script.
    NoModules,
}

/// Writes `NAME_bg.wasm` and `NAME.js` into a directory.
pub(crate) fn bind(toolbox: &Toolbox, target: Target, module: &Path, name: &str, out: &Path) -> Result<()> {
    let target = match target {
        Target::Web => "--target=web",
        Target::NoModules => "--target=no-modules",
    };
    let mut bindgen = toolbox.command("wasm-bindgen")?;
    bindgen
        .args([target, "--no-typescript", "--omit-default-module-path", "--out-name", name, "--out-dir"])
        .arg(out)
        .arg(module);
    run::run(&mut bindgen)
}
