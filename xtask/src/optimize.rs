//! Makes what is published small, with the tools that everybody uses: wasm-opt and esbuild.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::tools::Toolbox;
use crate::{paths, run};

/// How a script is loaded, which decides whether its top-level names can be shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    Module,
    Classic,
}

/// wasm-opt for size, in place. A second round tidies up what the first one leaves.
pub(crate) fn module(toolbox: &Toolbox, path: &Path) -> Result<()> {
    let mut optimize = toolbox.node("binaryen/bin/wasm-opt");
    optimize.arg(path).args(["-Oz", "-Oz", "--low-memory-unused", "--strip-debug", "--strip-producers"]);
    run::run(optimize.arg("--strip-target-features").arg("-o").arg(path))
}

/// esbuild. (Trunk's own minifier stops at the glue of wasm-bindgen.)
pub(crate) fn script(toolbox: &Toolbox, path: &Path, kind: ScriptKind) -> Result<()> {
    let mut minify = esbuild(toolbox, path);
    if kind == ScriptKind::Module {
        minify.args(["--format=esm", "--tree-shaking=true"]);
    }
    run::run(&mut minify)
}

/// The style, by esbuild too.
pub(crate) fn style(toolbox: &Toolbox, path: &Path) -> Result<()> {
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
