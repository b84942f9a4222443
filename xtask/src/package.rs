//! `cargo xtask package`: the npm package, as it is published.
//!
//! Each entry is one script, and one or more modules, each with its glue, which the script loads when they are needed. The
//! script is made of the hand-written one and what that imports, and has the hashes of the others in it, so that one hash for
//! the script covers them all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha384};

use crate::args::Args;
use crate::bindgen::{self, Target};
use crate::optimize;
use crate::post_build::{Profile, add_callback_worker};
use crate::tools::Toolbox;
use crate::{build_paths, dist, package_checks, paths, release, run, worker};

pub(crate) const DETAILS: &str =
    "  --publish-check    also ask cargo and npm whether they would publish what is there; nothing is sent

It goes to npm/package in Cargo's target directory, its tarball to npm, and a copy to dist/npm.";

/// What can be imported of the package.
struct Entry {
    /// Of the binary and the script.
    name: &'static str,
    /// The room of `src/` with its script.
    room: &'static str,
    modules: &'static [Module],
}

/// One of the modules that a script chooses from: the same binary with other features.
struct Module {
    name: &'static str,
    features: &'static str,
    /// Stand in the script where the hashes of the module and of its glue belong.
    placeholders: [&'static str; 2],
}

const ENTRIES: &[Entry] = &[
    Entry {
        name: "headless",
        room: "script",
        modules: &[
            Module { name: "headless", features: "script", placeholders: PLACEHOLDERS },
            Module {
                name: "headless-full",
                features: "script,persistence,dpop",
                placeholders: ["__FULL_WASM_INTEGRITY__", "__FULL_GLUE_INTEGRITY__"],
            },
        ],
    },
    Entry {
        name: "element",
        room: "element",
        modules: &[Module { name: "element", features: "element,dpop,persistence", placeholders: PLACEHOLDERS }],
    },
];

const PLACEHOLDERS: [&str; 2] = ["__WASM_INTEGRITY__", "__GLUE_INTEGRITY__"];

/// What an entry loads only where somebody asks for it: a file of its own.
const LAZY: &str = "builtin";

/// Files that are published as they are, by the names they have there.
const COPIES: &[(&str, &str)] = &[
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("callback.html", "callback.html"),
    ("src/element/custom-elements.json", "custom-elements.json"),
    ("src/element/element.d.ts", "element.d.ts"),
    ("src/script/headless.d.ts", "headless.d.ts"),
    ("xtask/package/README.md", "README.md"),
    ("xtask/package/copy.mjs", "copy.mjs"),
];

const LOCALES: &str = "src/element/locales";
const MANIFEST: &str = "xtask/package/package.json";
const NO_VERSION: &str = "\"version\": \"0.0.0\"";

/// Written last, so that a build that failed half way is made again.
pub(crate) const HASHES: &str = "sri.json";

/// What the package is made of. A newer file here makes it stale.
const SOURCES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "callback-worker.js",
    "callback.html",
    "src",
    "xtask/npm/package-lock.json",
    "xtask/package",
    "xtask/src",
];

/// The package on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) dir: PathBuf,
    pub(crate) tarball: PathBuf,
}

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let is_checked = args.flag("--publish-check");
    args.finish()?;
    let package = build(&Toolbox::prepare()?)?;
    let copy = paths::dist().join("npm");
    if copy.exists() {
        fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))?;
    }
    copy_dir(&package.dir, &copy)?;
    if is_checked {
        package_checks::publish(&package.dir)?;
    }
    println!("The package is in {} and {}", copy.display(), package.tarball.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the package when it is absent or older than a source, and says where it is.
pub(crate) fn ensure_fresh(toolbox: &Toolbox) -> Result<Package> {
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| paths::root().join(name)).collect();
    let package = place()?;
    let built = fs::metadata(package.dir.join(HASHES)).and_then(|hashes| hashes.modified()).ok();
    if built.is_some() && built >= paths::newest(&sources)? && package.tarball.is_file() {
        return Ok(package);
    }
    eprintln!("The npm package is absent or older than the sources: building it.");
    build(toolbox)
}

/// The package as it was built last; `None` if it never was.
pub(crate) fn built() -> Result<Option<Package>> {
    let package = place()?;
    Ok(package.dir.join(HASHES).is_file().then_some(package))
}

fn place() -> Result<Package> {
    let home = paths::target()?.join("npm");
    Ok(Package { dir: home.join("package"), tarball: home.join(format!("pkce-login-{}.tgz", version()?)) })
}

/// Builds the package, checks it and packs it.
pub(crate) fn build(toolbox: &Toolbox) -> Result<Package> {
    let package = place()?;
    let work = paths::target()?.join("npm/work");
    for dir in [&package.dir, &work] {
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    }
    dist::fetch_crates()?;
    for entry in ENTRIES {
        stage(toolbox, entry, &work)?;
    }
    for entry in ENTRIES {
        build_entry(toolbox, entry, &work, &package.dir)?;
    }
    bundle(toolbox, &work.join("script").join(format!("{LAZY}.js")), &package.dir.join(format!("{LAZY}.js")))?;
    eprintln!("Building the authorizer's worker ...");
    worker::build(toolbox, Profile::Release, &package.dir)?;
    eprintln!("Putting the package together ...");
    assemble(toolbox, &package.dir)?;
    package_checks::check(&package.dir)?;
    build_paths::forbid_in(&package.dir)?;
    write_hashes(&package.dir)?;
    pack(&package)?;
    Ok(package)
}

/// Copies the scripts and styles of an entry's room to where its glue will be.
fn stage(toolbox: &Toolbox, entry: &Entry, work: &Path) -> Result<()> {
    let (from, to) = (paths::root().join("src").join(entry.room), work.join(entry.room));
    fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for path in files(&from)? {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if let (Some("js" | "css"), Some(name)) = (extension, path.file_name()) {
            let copy = to.join(name);
            fs::copy(&path, &copy).with_context(|| format!("cannot copy {}", path.display()))?;
            if extension == Some("css") {
                optimize::style(toolbox, &copy)?;
            }
        }
    }
    Ok(())
}

fn build_entry(toolbox: &Toolbox, entry: &Entry, work: &Path, out: &Path) -> Result<()> {
    let room = work.join(entry.room);
    let mut hashes = Vec::new();
    for module in entry.modules {
        eprintln!("Building {} ...", module.name);
        let found = build_module(toolbox, entry, module, &room.join("glue"), out)?;
        hashes.extend(module.placeholders.into_iter().zip(found));
    }
    for path in files(&room)?.iter().filter(|path| path.extension().is_some_and(|extension| extension == "js")) {
        let text = fs::read_to_string(path)?;
        let text = hashes.iter().fold(text, |text, (placeholder, hash)| text.replace(placeholder, hash));
        fs::write(path, text)?;
    }
    let script = out.join(format!("{}.js", entry.name));
    bundle(toolbox, &room.join(format!("{}.js", entry.name)), &script)?;
    let text = fs::read_to_string(&script)?;
    for (placeholder, hash) in &hashes {
        if text.matches(hash).count() != 1 {
            bail!("{}.js does not have a hash in it once: where is {placeholder}?", entry.name);
        }
    }
    for Module { name, .. } in entry.modules {
        for address in [format!("{name}.wasm"), format!("{name}-glue.js")] {
            if !text.contains(&address) {
                bail!("{}.js does not load {address}", entry.name);
            }
        }
    }
    Ok(())
}

/// Builds a module and its glue, and gives the hashes of both.
fn build_module(toolbox: &Toolbox, entry: &Entry, module: &Module, work: &Path, out: &Path) -> Result<[String; 2]> {
    let mut cargo = run::cargo();
    cargo.args(["build", "--offline", "--target=wasm32-unknown-unknown", "--no-default-features"]);
    release::compile(cargo.args(["--package=pkce-login", "--features", module.features, "--bin", entry.name]));
    run::run(cargo.current_dir(paths::root()))?;
    let built = paths::target()?.join(format!("wasm32-unknown-unknown/release/{}.wasm", entry.name));
    bindgen::bind(toolbox, Target::Web, &built, module.name, work)?;

    let wasm = work.join(format!("{}_bg.wasm", module.name));
    optimize::module(toolbox, &wasm)?;
    fs::copy(&wasm, out.join(format!("{}.wasm", module.name)))?;
    let glue = out.join(format!("{}-glue.js", module.name));
    bundle(toolbox, &work.join(format!("{}.js", module.name)), &glue)?;
    Ok([integrity(&fs::read(&wasm)?), integrity(&fs::read(&glue)?)])
}

/// Makes one script of it and all that it imports at once.
fn bundle(toolbox: &Toolbox, script: &Path, out: &Path) -> Result<()> {
    let mut esbuild = toolbox.node("esbuild/bin/esbuild");
    esbuild.arg(script).args(["--bundle", "--format=esm", "--minify", "--charset=utf8", "--legal-comments=none"]);
    esbuild.args(["--log-level=warning", "--loader:.css=text", "--external:*-glue.js"]);
    esbuild.arg(format!("--external:*/{LAZY}.js")).arg(format!("--outfile={}", out.display()));
    run::run(&mut esbuild)
}

fn assemble(toolbox: &Toolbox, out: &Path) -> Result<()> {
    for (from, to) in COPIES {
        fs::copy(paths::root().join(from), out.join(to)).with_context(|| format!("cannot copy {from}"))?;
    }
    add_callback_worker(toolbox, Profile::Release, out)?;
    copy_dir(&paths::root().join(LOCALES), &out.join("locales"))?;
    let manifest =
        fs::read_to_string(paths::root().join(MANIFEST)).with_context(|| format!("cannot read {MANIFEST}"))?;
    if !manifest.contains(NO_VERSION) {
        bail!("{MANIFEST} does not have {NO_VERSION}, where that of Cargo.toml belongs");
    }
    let manifest = manifest.replace(NO_VERSION, &format!("\"version\": \"{}\"", version()?));
    Ok(fs::write(out.join("package.json"), manifest)?)
}

fn write_hashes(out: &Path) -> Result<()> {
    let mut hashes = serde_json::Map::new();
    for name in names(out)? {
        hashes.insert(name.clone(), Value::String(integrity(&fs::read(out.join(&name))?)));
    }
    let text = serde_json::to_string_pretty(&Value::Object(hashes))?;
    Ok(fs::write(out.join(HASHES), format!("{text}\n"))?)
}

fn pack(package: &Package) -> Result<()> {
    let mut npm = run::npm();
    npm.args(["pack", "--loglevel=error", "--ignore-scripts", "--pack-destination", ".."]).current_dir(&package.dir);
    run::output(&mut npm).context("npm could not pack the package")?;
    if !package.tarball.is_file() {
        bail!("npm did not write {}", package.tarball.display());
    }
    Ok(())
}

/// What `integrity` takes.
fn integrity(octets: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(octets)))
}

/// That of the crate.
fn version() -> Result<String> {
    let text = fs::read_to_string(paths::root().join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let package = text.split_once("\n[package]\n").map(|(_, package)| package).unwrap_or_default();
    let version =
        package.lines().take_while(|line| !line.starts_with('[')).find_map(|line| line.strip_prefix("version = "));
    Ok(version.context("Cargo.toml has no version")?.trim_matches('"').to_owned())
}

/// The files in a directory and in those under it, by their paths from it, sorted.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            names.extend(self::names(&entry.path())?.into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    for name in names(from)? {
        let target = to.join(&name);
        if let Some(dir) = target.parent() {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        fs::copy(from.join(&name), target).with_context(|| format!("cannot copy {name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_an_attribute_takes_it() {
        let empty = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb";
        assert_eq!(integrity(b""), empty);
    }

    #[test]
    fn the_package_has_the_crates_version() {
        let version = version().unwrap();
        assert_eq!(version.split('.').count(), 3, "{version}");
    }
}
