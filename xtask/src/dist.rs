//! `cargo xtask dist`: the demo app as it is published.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::args::Args;
use crate::tools::Toolbox;
use crate::{embed, package, paths, release, run};

/// What a build is made of. A newer file here makes `dist/` stale.
const SOURCES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "callback-worker.js",
    "callback.html",
    "docs/embed",
    "index.html",
    "src",
    "style",
    "xtask/npm/package-lock.json",
    "xtask/package",
    "xtask/src",
];

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    build(&Toolbox::prepare()?)?;
    println!("The app is in {}", paths::dist().display());
    Ok(ExitCode::SUCCESS)
}

/// The release build, into `dist/`.
pub(crate) fn build(toolbox: &Toolbox) -> Result<()> {
    fetch_crates()?;
    let mut trunk = trunk(toolbox, "build")?;
    release::compile(&mut trunk);
    run::run(trunk.arg("--dist").arg(paths::dist()))?;
    // Trunk has emptied the directory.
    embed::publish(&package::ensure_fresh(toolbox)?.dir, &paths::dist())
}

/// Builds `dist/` when it is absent or older than a source.
pub(crate) fn ensure_fresh(toolbox: &Toolbox) -> Result<()> {
    let documents = embed::DOCUMENTS.iter().map(|name| paths::root().join("docs").join(name));
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| paths::root().join(name)).chain(documents).collect();
    let built = fs::metadata(paths::dist().join("index.html")).and_then(|page| page.modified()).ok();
    if built.is_some() && built >= paths::newest(&sources)? {
        return Ok(());
    }
    eprintln!("dist/ is absent or older than the sources: building it.");
    build(toolbox)
}

/// Trunk, kept from the network: it has been given all its tools, and would wait for an answer where there is none.
pub(crate) fn trunk(toolbox: &Toolbox, command: &str) -> Result<Command> {
    let mut trunk = toolbox.command("trunk")?;
    trunk.args([command, "--offline"]).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // A failure of a build is no fault of Trunk's, whose own stack would bury the message.
    trunk.env("RUST_LIB_BACKTRACE", "0").env("RUST_BACKTRACE", "0");
    // Trunk reads NO_COLOR as a boolean and stops at the usual `NO_COLOR=1`.
    trunk.env_remove("NO_COLOR");
    Ok(trunk)
}

/// Trunk's --offline goes on to cargo, so the crates must be here before.
pub(crate) fn fetch_crates() -> Result<()> {
    let mut fetch = run::cargo();
    fetch.args(["fetch", "--locked", "--quiet", "--target=wasm32-unknown-unknown"]);
    run::run(release::build_std(&mut fetch).current_dir(paths::root()))
}
