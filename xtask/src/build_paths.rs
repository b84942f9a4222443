//! Keeps the building machine's directories out of what is published. Panics name the source file they are in, and for
//! a dependency that is a path in the user's home.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{paths, run};

/// Cargo adds these flags to those of .cargo/config.toml, for WebAssembly only.
pub(crate) const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// What [`FLAGS`] has to be: the user's own flags, one for each directory to be left out of paths, and another.
pub(crate) fn flags(another: String) -> Result<String> {
    let mut metadata = run::cargo();
    metadata.args(["metadata", "--offline", "--locked", "--format-version=1"]).current_dir(paths::root());
    let metadata: Value =
        serde_json::from_str(&run::output(&mut metadata)?).context("cargo metadata printed no JSON")?;
    let mut dirs = source_dirs(&metadata)?;
    // The last that fits is the one that counts, and sorted, an inner directory comes after the outer one.
    dirs.insert(paths::root().to_path_buf());
    dirs.insert(paths::target()?.to_path_buf());
    dirs.insert(standard_library(&run::output(Command::new("rustc").args(["--print", "sysroot"]))?));
    let own = env::var(FLAGS).unwrap_or_default();
    let mut flags: Vec<String> = own.split_whitespace().map(str::to_owned).collect();
    let ours: Vec<String> = dirs.iter().filter_map(|dir| flag(dir)).chain([another]).collect();
    // Trunk was given ours and calls this program with them. The flags have to come out the same, or all is built anew.
    flags.retain(|flag| !ours.contains(flag));
    Ok(flags.into_iter().chain(ours).collect::<Vec<_>>().join(" "))
}

/// The source of the standard library below a toolchain. With the component rust-src, which rust-analyzer needs, the compiler
/// writes this path into panics, and what was built so far keeps it when the component is removed: so it is left out of
/// paths whether it is there or not.
fn standard_library(sysroot: &str) -> PathBuf {
    Path::new(sysroot.trim()).join("lib/rustlib/src/rust")
}

/// The directories with the dependencies: of `DIR/leptos-0.8.23/Cargo.toml`, that is DIR.
fn source_dirs(metadata: &Value) -> Result<BTreeSet<PathBuf>> {
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo metadata names no packages")?;
    let mut dirs = BTreeSet::new();
    for package in packages.iter().filter(|package| package.get("source").is_some_and(|source| !source.is_null())) {
        let manifest = package.get("manifest_path").and_then(Value::as_str).context("a package has no manifest")?;
        dirs.extend(Path::new(manifest).ancestors().nth(2).map(Path::to_path_buf));
    }
    Ok(dirs)
}

/// Cargo splits the variable at spaces and knows no quotes, so such a path has to stay; [`forbid_in`] then judges.
fn flag(dir: &Path) -> Option<String> {
    let dir = dir.to_str().filter(|dir| !dir.contains(char::is_whitespace))?;
    Some(format!("--remap-path-prefix={dir}="))
}

/// Fails if a file in a directory names the home directory of whoever builds it.
pub(crate) fn forbid_in(dir: &Path) -> Result<()> {
    let Some(home) = env::home_dir().and_then(|home| prefix(&home)) else {
        return Ok(());
    };
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_file()
            && let Some(found) = found_path(&fs::read(&path)?, &home)
        {
            bail!(
                "{} would tell everyone of this machine's directory {found}: build it with `cargo xtask dist`, and where \
                 the path has a space in it, set CARGO_HOME to one that has none",
                path.display()
            );
        }
    }
    Ok(())
}

/// How paths in the home directory start. None where it is the root of all paths.
fn prefix(home: &Path) -> Option<String> {
    home.file_name()?;
    Some(format!("{}{}", home.to_str()?.trim_end_matches(['/', '\\']), std::path::MAIN_SEPARATOR))
}

/// The first path that starts like this, up to where it surely has ended.
fn found_path(content: &[u8], prefix: &str) -> Option<String> {
    let at = content.windows(prefix.len()).position(|window| window == prefix.as_bytes())?;
    let path = content.iter().skip(at).take(80).take_while(|octet| octet.is_ascii_graphic());
    Some(path.map(|octet| char::from(*octet)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_directories_of_dependencies_are_found_and_the_own_packages_left() {
        let metadata = json!({ "packages": [
            { "source": "registry+https://x", "manifest_path": "/home/a/.cargo/registry/src/x-1/leptos-0.8.23/Cargo.toml" },
            { "source": "registry+https://x", "manifest_path": "/home/a/.cargo/registry/src/x-1/sha2-0.11.1/Cargo.toml" },
            { "source": null, "manifest_path": "/src/pkce-login/Cargo.toml" },
        ] });
        let dirs: Vec<PathBuf> = source_dirs(&metadata).unwrap().into_iter().collect();
        assert_eq!(dirs, [PathBuf::from("/home/a/.cargo/registry/src/x-1")]);
        assert!(source_dirs(&json!({})).is_err());
    }

    #[test]
    fn a_flag_is_made_where_cargo_can_pass_it_on() {
        assert_eq!(flag(Path::new("/src/a")).as_deref(), Some("--remap-path-prefix=/src/a="));
        assert_eq!(flag(Path::new("/home/Jo Doe/.cargo")), None);
    }

    /// A toolchain with the component rust-src, as far as the compiler can tell: links to this one, and the file that it
    /// looks for.
    #[cfg(unix)]
    fn toolchain_with_source(at: &Path) -> PathBuf {
        let real = run::output(Command::new("rustc").args(["--print", "sysroot"])).unwrap();
        let (real, fake) = (Path::new(real.trim()).join("lib"), at.join("lib"));
        let _ = fs::remove_dir_all(at);
        fs::create_dir_all(fake.join("rustlib/src/rust/library/std/src")).unwrap();
        fs::write(fake.join("rustlib/src/rust/library/std/src/lib.rs"), "").unwrap();
        for (from, to) in [(real.clone(), fake.clone()), (real.join("rustlib"), fake.join("rustlib"))] {
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                if !to.join(entry.file_name()).exists() {
                    std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name())).unwrap();
                }
            }
        }
        at.to_path_buf()
    }

    #[cfg(unix)]
    #[test]
    fn a_toolchain_that_has_the_source_of_the_standard_library_is_not_told_of() {
        let dir = paths::target().unwrap().join("toolchain-with-source");
        let sysroot = toolchain_with_source(&dir);
        let source = dir.join("main.rs");
        let program = "#![crate_type = \"lib\"]\n#[unsafe(no_mangle)]\n\
            pub fn remove(map: &mut std::collections::BTreeMap<String, u32>, key: String) -> Option<u32> { map.remove(&key) }";
        fs::write(&source, program).unwrap();
        let object = dir.join("main.o");
        let build = |flags: &[String]| {
            let mut rustc = Command::new("rustc");
            rustc.args(["--edition=2024", "-O", "--emit=obj", "--sysroot"]).arg(&sysroot).arg(&source).args(flags);
            run::run(rustc.arg("-o").arg(&object)).unwrap();
            found_path(&fs::read(&object).unwrap(), &format!("{}/", dir.display()))
        };
        let flag = flag(&standard_library(sysroot.to_str().unwrap())).unwrap();
        assert!(build(&[]).is_some(), "without the flag it would tell, so that the test can fail");
        assert_eq!(build(&[flag]), None);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_path_in_the_home_directory_is_found_in_any_octets() {
        let home = prefix(Path::new("/home/jo")).unwrap();
        let content = b"\0\xffpanicked at/home/jo/.cargo/registry/lib.rs\0more";
        assert_eq!(found_path(content, &home).as_deref(), Some("/home/jo/.cargo/registry/lib.rs"));
        assert_eq!(found_path(b"/home/john/x", &home), None);
        assert_eq!(prefix(Path::new("/")), None);
    }
}
