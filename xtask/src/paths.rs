//! Where things are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run;

/// The root of the clone.
///
/// As cargo says when it runs us: clones that share a target directory may also share this program, built in another one.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let xtask = PathBuf::from(xtask);
        xtask.parent().map(Path::to_path_buf).unwrap_or(xtask)
    })
}

/// The end-to-end tests, an npm project of their own.
pub(crate) fn e2e() -> PathBuf {
    root().join("tests/e2e")
}

/// The release build that is published.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target directory, wherever the user has put it.
pub(crate) fn target() -> Result<&'static Path> {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    if let Some(target) = TARGET.get() {
        return Ok(target);
    }
    let text = run::output(run::cargo().args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root()))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata printed no JSON")?;
    let target =
        metadata.get("target_directory").and_then(Value::as_str).context("cargo metadata names no target directory")?;
    Ok(TARGET.get_or_init(|| PathBuf::from(target)))
}

/// The user's cache directory for this project's tools. All clones share it.
pub(crate) fn cache() -> Result<PathBuf> {
    let dir = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if let Some(xdg) = dir("XDG_CACHE_HOME") {
        Some(xdg)
    } else if cfg!(windows) {
        dir("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        dir("HOME").map(|home| home.join("Library/Caches"))
    } else {
        dir("HOME").map(|home| home.join(".cache"))
    };
    match base {
        Some(base) => Ok(base.join("pkce-login")),
        None => bail!("no cache directory: set XDG_CACHE_HOME to a directory that can be written"),
    }
}

/// When the newest file in these files and directories was last changed. Absent ones do not count.
pub(crate) fn newest(paths: &[PathBuf]) -> Result<Option<SystemTime>> {
    let mut newest = None;
    for path in paths {
        let Ok(metadata) = fs::metadata(path) else {
            continue;
        };
        let time = if metadata.is_dir() {
            let inside = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            self::newest(&inside)?
        } else {
            Some(metadata.modified()?)
        };
        newest = newest.max(time);
    }
    Ok(newest)
}
