//! Where the authorizers come from: package registries, through their own clients, at pinned versions.
//!
//! Each client checks what it gets against the checksum that its registry or a lock file names. What is complete is put in place
//! by one rename.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::npm::{clean_install, hex};
use crate::{paths, run, tools};

const KEYCLOAK: &str = "26.7.3";
const MAVEN_PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";
/// What Keycloak asks for.
const JAVA: u32 = 17;

/// What the packages from PyPI ask for.
const PYTHON: u32 = 10;

/// Keycloak's distribution, unpacked.
pub(super) fn keycloak() -> Result<PathBuf> {
    require_java()?;
    let name = format!("keycloak-{KEYCLOAK}");
    fetched(&name, |partial| {
        let mut maven = Command::new("mvn");
        maven.args(["--batch-mode", "--strict-checksums", MAVEN_PLUGIN]);
        maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip"));
        run::run(maven.arg(format!("-DoutputDirectory={}", partial.display())).current_dir(partial)).context(
            "Maven could not fetch Keycloak. Where it is not installed: Debian has it as the package maven, macOS as the formula maven",
        )?;
        // Its own notes on what it unpacked, where a project would have them.
        let _ = fs::remove_dir_all(partial.join("${project.basedir}"));
        Ok(())
    })
    // The archive has one directory in it.
    .map(|home| home.join(name))
}

/// The authorizers from npm, as their lock file has them.
pub(super) fn from_npm() -> Result<PathBuf> {
    let project = paths::e2e().join("interop/npm");
    let lock = project.join("package-lock.json");
    fetched(&format!("npm-{}", key(&[&lock])?), |partial| {
        for file in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(project.join(file), partial.join(file)).with_context(|| format!("cannot copy {file}"))?;
        }
        clean_install(partial)
    })
}

/// A virtual environment with what the requirements of this name say. Its `bin/python` runs them.
pub(super) fn from_pypi(name: &str) -> Result<PathBuf> {
    let python = find_python()?;
    let requirements = paths::e2e().join(format!("interop/python/{name}.txt"));
    fetched(&format!("{name}-{}", key(&[&requirements])?), |partial| {
        let mut venv = Command::new(&python);
        run::run(venv.args(["-m", "venv"]).arg(partial))
            .context("Python could not make a virtual environment. On Debian: install the package python3-venv")?;
        let mut pip = Command::new(partial.join("bin/python"));
        // Wheels alone: nothing of a package runs while it is installed.
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]);
        run::run(pip.arg("-r").arg(&requirements)).context("pip could not install the packages")
    })
}

/// The directory of this name in the user's cache; where it is not there, `fill` is given a new one to fill.
fn fetched(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let store = paths::cache()?.join("interop");
    let home = store.join(name);
    if home.is_dir() {
        return Ok(home);
    }
    eprintln!("Getting {name} (once for this machine) ...");
    let partial = store.join(format!(".partial-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
    if let Err(error) = fill(&partial) {
        let _ = fs::remove_dir_all(&partial);
        return Err(error);
    }
    tools::put_in_place(&partial, &home)?;
    Ok(home)
}

/// Another lock file is another directory.
fn key(files: &[&Path]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(hex(&hash.finalize()).chars().take(16).collect())
}

fn require_java() -> Result<()> {
    let java = env::var_os("JAVA_HOME").map_or_else(|| "java".into(), |home| PathBuf::from(home).join("bin/java"));
    let told = Command::new(java).arg("-version").stdout(Stdio::null()).output();
    // It says so on its standard error: `openjdk version "17.0.15" 2025-04-15`.
    let text = told.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    match java_version(&text) {
        Some(version) if version >= JAVA => Ok(()),
        found => bail!(
            "Keycloak needs Java {JAVA} or newer, and {} here. Install it (Debian: the package openjdk-{JAVA}-jre-headless; macOS: the \
             formula openjdk), or set JAVA_HOME to where it is",
            found.map_or_else(|| "none is".to_owned(), |version| format!("Java {version} is"))
        ),
    }
}

/// 17 in `openjdk version "17.0.15"`, 8 in `java version "1.8.0_392"`.
fn java_version(text: &str) -> Option<u32> {
    let version = text.split('"').nth(1)?;
    let mut parts = version.split(['.', '-', '+', '_']);
    match parts.next()?.parse().ok()? {
        1 => parts.next()?.parse().ok(),
        major => Some(major),
    }
}

fn find_python() -> Result<PathBuf> {
    let all = ["python3", "python"].iter().flat_map(|name| run::all_on_path(name));
    let found = all.into_iter().find(|program| {
        let told = Command::new(program).arg("--version").stderr(Stdio::null()).output();
        told.is_ok_and(|output| python_is_new(&String::from_utf8_lossy(&output.stdout)))
    });
    found.with_context(|| {
        format!(
            "this authorizer needs Python 3.{PYTHON} or newer, and none is on PATH. Install it (Debian: the packages python3 and \
             python3-venv; macOS: the formula python)"
        )
    })
}

/// Whether `Python 3.11.7` will do.
fn python_is_new(text: &str) -> bool {
    let version = text.trim().strip_prefix("Python 3.").and_then(|rest| rest.split('.').next());
    version.and_then(|minor| minor.parse::<u32>().ok()).is_some_and(|minor| minor >= PYTHON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_java_is_read_in_both_spellings() {
        assert_eq!(java_version("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(java_version("openjdk version \"21\" 2023-09-19"), Some(21));
        assert_eq!(java_version("java version \"1.8.0_392\""), Some(8));
        assert_eq!(java_version("sh: java: not found"), None);
    }

    #[test]
    fn an_old_python_will_not_do() {
        assert!(python_is_new("Python 3.11.7\n"));
        assert!(python_is_new("Python 3.10.0"));
        assert!(!python_is_new("Python 3.9.2"));
        assert!(!python_is_new("Python 2.7.18"));
        assert!(!python_is_new(""));
    }
}
