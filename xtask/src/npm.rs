//! The two npm projects: the build tools (kept in the user's cache) and the end-to-end tests (kept in the clone).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{paths, run, tools};

/// Says for which lock file a `node_modules` was installed. It is written last.
const STAMP: &str = ".installed-for";

/// Installs wasm-opt, esbuild and TypeScript into the user's cache and returns the project's directory.
///
/// wasm-opt comes from npm and from nowhere else: the versions that distributions ship are old enough to write a
/// module that validates and then fails at its start.
pub(crate) fn build_tools() -> Result<PathBuf> {
    let project = paths::root().join("xtask/npm");
    let tools_dir = paths::cache()?.join("tools");
    let key: String = lock_hash(&project)?.chars().take(16).collect();
    let home = tools_dir.join(format!("npm-{key}"));
    if home.is_dir() {
        return Ok(home);
    }
    eprintln!("Getting wasm-opt, esbuild and TypeScript from npm (once for this machine) ...");
    let partial = tools_dir.join(format!(".partial-npm-{}", std::process::id()));
    fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(project.join(file), partial.join(file)).with_context(|| format!("cannot copy xtask/npm/{file}"))?;
    }
    clean_install(&partial)?;
    tools::put_in_place(&partial, &home)?;
    Ok(home)
}

/// Installs what the end-to-end tests need, unless it is there for the present lock file.
pub(crate) fn e2e() -> Result<PathBuf> {
    installed(paths::e2e())
}

/// The same of the clients that the race compares.
pub(crate) fn race() -> Result<PathBuf> {
    installed(paths::root().join("tests/race"))
}

fn installed(project: PathBuf) -> Result<PathBuf> {
    let stamp = project.join("node_modules").join(STAMP);
    let hash = lock_hash(&project)?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == hash) {
        return Ok(project);
    }
    eprintln!("Installing the packages of {} ...", project.display());
    clean_install(&project)?;
    fs::write(&stamp, hash).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(project)
}

/// Exactly what the lock file says, and no install scripts: they would download browsers and binaries.
pub(crate) fn clean_install(project: &Path) -> Result<()> {
    tools::require_node()?;
    let mut npm = run::npm();
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(project);
    run::run(&mut npm).context("npm could not install the packages")
}

fn lock_hash(project: &Path) -> Result<String> {
    let path = project.join("package-lock.json");
    let lock = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex(&Sha256::digest(&lock)))
}

/// Octets in lower-case hexadecimal.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
