//! The tools of the build, at pinned versions, on a machine that has only Rust and Node.js.
//!
//! Each is looked for on PATH, then in the user's cache; then it is downloaded ready-made, and where that cannot be done
//! it is built from its source. What is installed here is put in place by one rename, so that an
//! interrupted install is never taken for a good one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{npm, paths, run};

/// The last version of Trunk that the pinned Rust builds.
const TRUNK_VERSION: &str = "0.21.14";

const CARGO_FUZZ_VERSION: &str = "0.13.2";

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools, ready to run.
#[derive(Debug)]
pub(crate) struct Toolbox {
    /// Directories with our programs, to be searched before PATH.
    bin_dirs: Vec<PathBuf>,
    /// The npm project with wasm-opt and esbuild.
    npm: PathBuf,
}

impl Toolbox {
    /// Finds or installs everything. The second time it only looks.
    pub(crate) fn prepare() -> Result<Self> {
        complete_toolchain()?;
        let mut bin_dirs = Vec::new();
        for tool in [Tool::wasm_bindgen()?, Tool::trunk()] {
            bin_dirs.extend(tool.ensure()?);
        }
        Ok(Self { bin_dirs, npm: npm::build_tools()? })
    }

    /// One of the installed programs, with all the others on its PATH.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let file = format!("{program}{}", env::consts::EXE_SUFFIX);
        let own = self.bin_dirs.iter().map(|dir| dir.join(&file)).find(|path| path.is_file());
        let mut command = Command::new(own.unwrap_or_else(|| file.into()));
        command.env("PATH", self.path()?).current_dir(paths::root());
        Ok(command)
    }

    /// A program of the npm project, given by its script in `node_modules`.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.npm.join("node_modules").join(script)).current_dir(paths::root());
        command
    }

    fn path(&self) -> Result<OsString> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        // Of the npm project: Trunk looks for wasm-opt.
        let npm = self.npm.join("node_modules/.bin");
        let dirs = self.bin_dirs.iter().cloned().chain([npm]).chain(env::split_paths(&inherited));
        env::join_paths(dirs).context("the cache directory's name cannot be put on PATH")
    }
}

/// cargo-fuzz, installed if need be. Only fuzzing needs it, so it is in no toolbox.
pub(crate) fn cargo_fuzz() -> Result<Command> {
    let program = PathBuf::from(format!("cargo-fuzz{}", env::consts::EXE_SUFFIX));
    let dir = Tool::cargo_fuzz().ensure()?;
    let mut command = Command::new(dir.map_or(program.clone(), |dir| dir.join(program)));
    command.current_dir(paths::root());
    Ok(command)
}

/// A program that is installed with cargo.
struct Tool {
    package: &'static str,
    version: String,
    /// All programs of the package that we use; the first one is asked for its version.
    programs: &'static [&'static str],
    install_args: &'static [&'static str],
    /// Where its authors publish it ready-made for this machine, where they do.
    prebuilt: Option<String>,
}

impl Tool {
    fn trunk() -> Self {
        let host = format!("{}-{}", env::consts::ARCH, os_part("unknown-linux-gnu"));
        Self {
            package: "trunk",
            version: TRUNK_VERSION.to_owned(),
            programs: &["trunk"],
            // Without the update check: its own download code is not used either.
            install_args: &["--locked", "--no-default-features", "--features", "rustls"],
            prebuilt: (!cfg!(windows)).then(|| {
                format!("https://github.com/trunk-rs/trunk/releases/download/v{TRUNK_VERSION}/trunk-{host}.tar.gz")
            }),
        }
    }

    fn cargo_fuzz() -> Self {
        Self {
            package: "cargo-fuzz",
            version: CARGO_FUZZ_VERSION.to_owned(),
            programs: &["cargo-fuzz"],
            install_args: &["--locked"],
            prebuilt: None,
        }
    }

    /// The command-line tool reads a format that changes with each version, so it must be the library's.
    fn wasm_bindgen() -> Result<Self> {
        let lock = fs::read_to_string(paths::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
        let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?;
        let libc = if cfg!(target_arch = "x86_64") { "unknown-linux-musl" } else { "unknown-linux-gnu" };
        let host = format!("{}-{}", env::consts::ARCH, os_part(libc));
        Ok(Self {
            package: "wasm-bindgen-cli",
            version: version.to_owned(),
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            // Without --locked: its lock file names a version that is not served.
            install_args: &[],
            prebuilt: Some(format!(
                "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{host}.tar.gz"
            )),
        })
    }

    /// The directory with the tool's programs, or none when PATH has them already.
    fn ensure(&self) -> Result<Option<PathBuf>> {
        if let Some(program) = self.programs.first()
            && let Some(dir) = run::all_on_path(program).first().and_then(|path| path.parent())
            && self.is_good(dir)
        {
            return Ok(None);
        }
        let tools = paths::cache()?.join("tools");
        let home = tools.join(format!("{}-{}", self.package, self.version));
        let bin = home.join("bin");
        if self.is_good(&bin) {
            return Ok(Some(bin));
        }
        if home.exists() {
            fs::remove_dir_all(&home).with_context(|| format!("cannot remove the damaged {}", home.display()))?;
        }
        let partial = tools.join(format!(".partial-{}-{}", self.package, std::process::id()));
        let _ = fs::remove_dir_all(&partial);
        fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;

        eprintln!("Getting {} {} (once for this machine) ...", self.package, self.version);
        let start = Instant::now();
        if !self.download(&partial) {
            eprintln!("  No ready-made one could be had: building it, which takes a few minutes.");
            self.build(&partial, &tools)?;
        }
        put_in_place(&partial, &home)?;
        eprintln!("  {} is in {} after {} s.", self.package, home.display(), start.elapsed().as_secs());
        Ok(Some(bin))
    }

    /// Whether all programs are in `dir` and are of the wanted version.
    fn is_good(&self, dir: &Path) -> bool {
        self.programs.iter().all(|program| {
            let path = dir.join(format!("{program}{}", env::consts::EXE_SUFFIX));
            path.is_file() && version_of(&path).as_deref() == Some(&self.version)
        })
    }

    /// Tries the ready-made one. Machines without the outside network are common, so every failure is quiet and quick.
    fn download(&self, partial: &Path) -> bool {
        let Some(address) = &self.prebuilt else {
            return false;
        };
        let archive = partial.join("archive.tar.gz");
        let bin = partial.join("bin");
        let mut curl = Command::new("curl");
        curl.args([
            "--proto",
            "=https",
            "--fail",
            "--silent",
            "--location",
            "--connect-timeout",
            "5",
            "--max-time",
            "120",
            "--output",
        ]);
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).arg("-C").arg(partial);
        let fetched = quietly(curl.arg(&archive).arg(address)) && quietly(&mut tar);
        let gathered = fetched && fs::create_dir_all(&bin).is_ok() && self.gather(partial, &bin);
        let _ = fs::remove_file(&archive);
        gathered && self.is_good(&bin)
    }

    /// Moves the programs from the archive's root, or from its one directory, to `bin`.
    fn gather(&self, from: &Path, bin: &Path) -> bool {
        let Ok(entries) = fs::read_dir(from) else {
            return false;
        };
        let dirs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        self.programs.iter().all(|program| {
            let file = format!("{program}{}", env::consts::EXE_SUFFIX);
            let found = std::iter::once(from)
                .chain(dirs.iter().map(PathBuf::as_path))
                .map(|dir| dir.join(&file))
                .find(|path| path.is_file());
            found.is_some_and(|path| fs::rename(path, bin.join(&file)).is_ok())
        })
    }

    /// Builds it from its source. The object files stay until it has worked, so an interrupted build goes on where it was.
    fn build(&self, partial: &Path, tools: &Path) -> Result<()> {
        let objects = tools.join(format!(".build-{}-{}", self.package, self.version));
        // The tools run for a second each; what counts is how soon they are there.
        let quick = [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "0")];
        let mut install = run::cargo();
        install
            .args(["install", self.package, "--version", &format!("={}", self.version), "--root"])
            .arg(partial)
            .arg("--target-dir")
            .arg(&objects)
            .args(self.install_args)
            .envs(quick.map(|(key, value)| (format!("CARGO_PROFILE_RELEASE_{key}"), value)))
            // Flags meant for the app (and the clone's configuration) are none of the tools' business.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .current_dir(tools);
        run::run(&mut install)
            .with_context(|| format!("{} {} is not on PATH and could not be installed", self.package, self.version))?;
        let _ = fs::remove_dir_all(&objects);
        Ok(())
    }
}

/// Renames a finished install to its final name. Another process may have been quicker; then its install is used.
pub(crate) fn put_in_place(partial: &Path, home: &Path) -> Result<()> {
    if let Err(error) = fs::rename(partial, home) {
        let _ = fs::remove_dir_all(partial);
        if !home.is_dir() {
            return Err(error).with_context(|| format!("cannot create {}", home.display()));
        }
    }
    Ok(())
}

/// Adds what the builds need of Rust itself: its WebAssembly target, and the source of its standard library, which
/// `rust-toolchain.toml` names but a rustup that installs nothing by itself leaves out. Without rustup, both have to be there.
fn complete_toolchain() -> Result<()> {
    let sysroot = run::output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(paths::root()))?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    add_if_missing(&rustlib.join(WASM_TARGET), ["target", "add", WASM_TARGET])?;
    add_if_missing(&rustlib.join("src/rust/library/Cargo.lock"), ["component", "add", "rust-src"])
}

fn add_if_missing(path: &Path, rustup: [&str; 3]) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let [_, _, what] = rustup;
    eprintln!("Adding {what} to Rust ...");
    run::run(Command::new("rustup").args(rustup).current_dir(paths::root()))
        .with_context(|| format!("this Rust has no {what} and rustup could not add it"))
}

fn os_part(linux: &'static str) -> &'static str {
    match env::consts::OS {
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        _ => linux,
    }
}

fn quietly(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    printed_version(&String::from_utf8_lossy(&output.stdout)).map(str::to_owned)
}

/// The version in what `PROGRAM --version` prints: `wasm-bindgen 0.2.130`.
fn printed_version(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut lines = lock.lines();
    lines.find(|line| line.strip_prefix("name = ").is_some_and(|name| name.trim_matches('"') == package))?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Fails early, and in words, where Node.js is missing.
pub(crate) fn require_node() -> Result<()> {
    match Command::new("node").arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        _ => bail!("Node.js with npm is needed and was not found: install Node.js 20 or later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
[[package]]
name = \"wasm-bindgen-futures\"
version = \"0.4.80\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
";

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-futures"), Some("0.4.80"));
        assert_eq!(locked_version(LOCK, "bindgen"), None);
    }

    #[test]
    fn a_printed_version_is_found_behind_the_name() {
        assert_eq!(printed_version("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(printed_version("wasm-bindgen-test-runner 0.2.130 (abc)"), Some("0.2.130"));
        assert_eq!(printed_version("unknown"), None);
    }

    #[test]
    fn the_repository_locks_a_wasm_bindgen() {
        assert!(Tool::wasm_bindgen().unwrap().version.starts_with("0.2."));
    }
}
