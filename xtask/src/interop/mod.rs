//! `cargo xtask interop`: real authorizers, fetched, configured, started, driven by a browser and stopped.
//!
//! The authorizers and what a person does on their pages are in `tests/e2e/interop`; here is where they come from, and what
//! becomes of the results.

mod fetch;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};

use crate::args::Args;
use crate::browser::Browser;
use crate::package::Package;
use crate::tools::Toolbox;
use crate::{dist, npm, package, paths, run};

pub(crate) const DETAILS: &str = "  NAME      one authorizer; without a name all of them, one after the other
  --list    list the authorizers and what each needs on this machine

It fetches an authorizer from its package registry (once for this machine), builds the demo app and the npm package where
they are older than the sources, and drives the demo app and a page in TypeScript through every step. What became of it is
written to docs/interop.md; a run of one authorizer replaces its row alone. It ends with a failure where a step failed.";

/// An authorizer and where it comes from.
struct Authorizer {
    /// Its file in `tests/e2e/interop/authorizers`, and its word on the command line.
    name: &'static str,
    /// What `--list` says.
    source: &'static str,
    /// Fetches what is not here yet and says where it is.
    fetch: fn() -> Result<PathBuf>,
}

const ALL: &[Authorizer] = &[
    Authorizer {
        name: "keycloak",
        source: "Maven Central, by Maven; runs on Java 17 or newer",
        fetch: fetch::keycloak,
    },
    Authorizer { name: "oidc-provider", source: "npm", fetch: npm::e2e },
    Authorizer { name: "oauth2-mock-server", source: "npm", fetch: fetch::from_npm },
    Authorizer {
        name: "canaille",
        source: "PyPI, by pip; runs on Python 3.10 or newer",
        fetch: || fetch::from_pypi("canaille"),
    },
    Authorizer {
        name: "django-oauth-toolkit",
        source: "PyPI, by pip; runs on Python 3.10 or newer",
        fetch: || fetch::from_pypi("django-oauth-toolkit"),
    },
];

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let list = args.flag("--list");
    let name = args.word();
    args.finish()?;
    if list {
        for authorizer in ALL {
            println!("{:<22} {}", authorizer.name, authorizer.source);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(windows) {
        bail!("the authorizers are started by scripts for Linux and macOS; run this in WSL");
    }
    let chosen: Vec<&Authorizer> =
        ALL.iter().filter(|authorizer| name.as_deref().is_none_or(|name| name == authorizer.name)).collect();
    if chosen.is_empty() {
        bail!("there is no authorizer `{}`; --list lists them", name.unwrap_or_default());
    }
    let mut all_good = true;
    let mut told = |authorizer: &Authorizer, error: anyhow::Error| {
        eprintln!("error: {}: {error:#}", authorizer.name);
        all_good = false;
    };
    // First, so that what is missing on this machine is said before anything is built. What is missing for one is no reason
    // to leave the others out.
    let mut fetched = Vec::new();
    for authorizer in chosen {
        match (authorizer.fetch)() {
            Ok(home) => fetched.push((authorizer, home)),
            Err(error) => told(authorizer, error),
        }
    }
    if fetched.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let toolbox = Toolbox::prepare()?;
    let browser = Browser::prepare()?;
    dist::ensure_fresh(&toolbox)?;
    let package = package::ensure_fresh(&toolbox)?;
    for (authorizer, home) in fetched {
        println!("\n== {} ==", authorizer.name);
        match drive(authorizer, &home, &browser, &package) {
            Ok(true) => {}
            Ok(false) => told(authorizer, anyhow!("a step failed, see above")),
            Err(error) => told(authorizer, error),
        }
    }
    println!("\nThe results are in {}", table::path().display());
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Drives one authorizer and writes its row. Whether each step that it offers worked.
fn drive(authorizer: &Authorizer, home: &Path, browser: &Browser, package: &Package) -> Result<bool> {
    let start = Instant::now();
    let work = paths::target()?.join("interop").join(authorizer.name);
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    let project = npm::e2e()?;
    let mut playwright = Command::new("node");
    playwright
        .args(["node_modules/@playwright/test/cli.js", "test", "--config", "interop/playwright.config.mjs"])
        .env("INTEROP_AUTHORIZER", authorizer.name)
        .envs(variables(home, &work, browser, package))
        .current_dir(project);
    let (status, _) = run::tee(&mut playwright)?;
    let row = table::Row::read(authorizer.name, &work).context("the run left no results: what went wrong is above")?;
    table::write(&row, ALL.iter().map(|authorizer| authorizer.name))?;
    println!("{} took {} s.", row.label(), start.elapsed().as_secs());
    Ok(status.success() && row.is_good())
}

fn variables<'a>(
    home: &'a Path,
    work: &'a Path,
    browser: &'a Browser,
    package: &'a Package,
) -> [(&'static str, &'a Path); 5] {
    [
        ("INTEROP_HOME", home),
        ("INTEROP_WORK", work),
        ("CHROMIUM", &browser.chromium),
        ("NPM_PACKAGE", &package.dir),
        ("NPM_TARBALL", &package.tarball),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_authorizer_has_its_file() {
        let folder = paths::e2e().join("interop/authorizers");
        for authorizer in ALL {
            assert!(folder.join(format!("{}.mjs", authorizer.name)).is_file(), "{}", authorizer.name);
        }
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let adapters = files.filter(|path| path.extension().is_some_and(|extension| extension == "mjs")).count();
        assert_eq!(adapters, ALL.len());
    }
}
