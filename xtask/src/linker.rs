//! This program in the linker's place: it takes the messages of panics out of the object files, then calls the linker.
//!
//! It has to be here, between the compiler and the linker: the linker is the one that knows exactly which functions and
//! data are still used. The compiler calls it as `xtask -flavor wasm ...` when a build is [set up](set_up) for it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::npm::hex;
use crate::snip;

/// What a compiler's call of the linker starts with.
pub(crate) const CALL: &str = "-flavor";

/// Names the linker of WebAssembly to cargo.
const VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

/// What is left out is decided there. With its hash among the flags, cargo builds anew when that has changed.
const RULES: &str = include_str!("snip.rs");
const MARK: &str = "--messages-left-out-by=";

/// Has cargo, and what calls cargo, link with this program. The flag belongs to the others for the compiler.
pub(crate) fn set_up(command: &mut Command) -> Result<String> {
    let program = env::current_exe().context("this program does not know where it is")?;
    command.env(VARIABLE, program);
    let hash: String = hex(&Sha256::digest(RULES)).chars().take(16).collect();
    Ok(format!("-Clink-arg={MARK}{hash}"))
}

/// Links. The compiler has put its own programs first in PATH, the linker among them.
pub(crate) fn link(words: Vec<String>) -> Result<ExitCode> {
    let mut linker = Command::new(format!("rust-lld{}", env::consts::EXE_SUFFIX));
    let mut snipped = Vec::new();
    for word in words.iter().filter(|word| !word.starts_with(MARK)) {
        if word.starts_with('@') {
            // Only where a command may not be long. What it leads to is right, and larger than it has to be.
            eprintln!("warning: the linker's arguments are in a file, so the messages of panics stay in");
        }
        match without_messages(Path::new(word)).with_context(|| format!("cannot take the messages out of {word}"))? {
            Some(path) => {
                linker.arg(&path);
                snipped.push(path);
            }
            None => drop(linker.arg(word)),
        }
    }
    // Its arguments are thousands of exports, so an error does not repeat them.
    let linked = linker.status().context("the compiler has no linker for WebAssembly")?;
    for path in snipped {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(if linked.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes another object file beside one, and says where. What is no object file is linked as it is.
fn without_messages(path: &Path) -> Result<Option<PathBuf>> {
    if path.extension().is_none_or(|extension| extension != "o") {
        return Ok(None);
    }
    let Some(octets) = snip::snip(&fs::read(path)?)? else { return Ok(None) };
    let snipped = path.with_extension("without-messages.o");
    fs::write(&snipped, octets)?;
    Ok(Some(snipped))
}
