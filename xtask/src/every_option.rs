//! `examples/every_option.rs` as a page of its own: what the end-to-end tests of the client drive, and a person too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::args::Args;
use crate::post_build::{Profile, add_callback_worker};
use crate::tools::Toolbox;
use crate::{dist, paths, run, worker};

/// The name of the example, and of what is made from it.
const NAME: &str = "every_option";

/// What the page is made of. A newer file here makes it stale.
const SOURCES: &[&str] =
    &["Cargo.lock", "Cargo.toml", "callback-worker.js", "callback.html", "examples", "src", "xtask/src"];

/// Files that are served as they are, by the names they have there.
const COPIES: &[(&str, &str)] = &[
    ("examples/every_option.html", "index.html"),
    ("examples/every_option.css", "every_option.css"),
    ("callback.html", "callback.html"),
];

/// The page's policy forbids scripts of its own, so the start is a file.
const START: (&str, &str) = ("start.js", "import init from \"./every_option.js\";\n\ninit();\n");

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    let out = ensure_fresh(&Toolbox::prepare()?)?;
    println!("The page is in {}: serve it with any static server", out.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the page when it is absent or older than a source, and says where it is.
pub(crate) fn ensure_fresh(toolbox: &Toolbox) -> Result<PathBuf> {
    let out = paths::target()?.join("every-option");
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| paths::root().join(name)).collect();
    // Written last, so that a build that failed half way is made again.
    let built = fs::metadata(out.join(START.0)).and_then(|start| start.modified()).ok();
    if built.is_none() || built < paths::newest(&sources)? {
        eprintln!("The page of every option is absent or older than the sources: building it.");
        dist::fetch_crates()?;
        build(toolbox, &out)?;
    }
    Ok(out)
}

fn build(toolbox: &Toolbox, out: &Path) -> Result<()> {
    // Modules of earlier builds have other names and would stay.
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for (from, to) in COPIES {
        fs::copy(paths::root().join(from), out.join(to)).with_context(|| format!("cannot copy {from}"))?;
    }
    let mut compile = run::cargo();
    compile.args(["build", "--offline", "--target=wasm32-unknown-unknown", "--features=browser", "--example", NAME]);
    run::run(compile.current_dir(paths::root()))?;
    let module = paths::target()?.join(format!("wasm32-unknown-unknown/debug/examples/{NAME}.wasm"));
    let mut bindgen = toolbox.command("wasm-bindgen")?;
    bindgen.args(["--target=web", "--no-typescript", "--out-dir"]).arg(out).arg(module);
    run::run(&mut bindgen)?;
    worker::build(toolbox, Profile::Dev, out)?;
    add_callback_worker(toolbox, Profile::Dev, out)?;
    fs::write(out.join(START.0), START.1).with_context(|| format!("cannot write {}", START.0))
}
