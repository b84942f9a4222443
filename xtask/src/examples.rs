//! The example apps as pages: what Trunk makes of them, made without it, so that the end-to-end tests need no server of
//! Trunk's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::tools::Toolbox;
use crate::{dist, paths, run};

/// The apps, each a package in `examples/` with a binary of the same name.
pub(crate) const NAMES: [&str; 3] = ["minimal", "protected-route", "api-call"];

/// What the apps are made of. A newer file here makes all of them stale.
const SOURCES: &[&str] = &["Cargo.lock", "Cargo.toml", "callback.html", "examples", "src", "xtask/src"];

/// What Trunk's `public_url` is without a word of its own.
const BASE: (&str, &str) = ("<base data-trunk-public-url>", "<base href=\"/\">");

/// Written last, so that a build that failed half way is made again.
const BUILT: &str = "index.html";

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    let out = ensure_fresh(&Toolbox::prepare()?)?;
    println!("The apps are in {}: each can be served by any static server, at the root of an origin", out.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the apps when one is absent or older than a source, and says where they are.
pub(crate) fn ensure_fresh(toolbox: &Toolbox) -> Result<PathBuf> {
    let out = paths::target()?.join("examples");
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| paths::root().join(name)).collect();
    let newest = paths::newest(&sources)?;
    let is_stale = |name: &&str| {
        let built = fs::metadata(out.join(name).join(BUILT)).and_then(|page| page.modified()).ok();
        built.is_none() || built < newest
    };
    if NAMES.iter().any(is_stale) {
        eprintln!("An example app is absent or older than the sources: building all of them.");
        dist::fetch_crates()?;
        compile()?;
        for name in NAMES {
            eprintln!("Making the page of {name}.");
            assemble(toolbox, name, &out.join(name))?;
        }
    }
    Ok(out)
}

/// All at once, so that what they share is built once.
fn compile() -> Result<()> {
    let mut build = run::cargo();
    build.args(["build", "--offline", "--target=wasm32-unknown-unknown"]);
    build.args(NAMES.map(|name| format!("--package={name}")));
    run::run(build.current_dir(paths::root()))
}

fn assemble(toolbox: &Toolbox, name: &str, out: &Path) -> Result<()> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let module = paths::target()?.join(format!("wasm32-unknown-unknown/debug/{name}.wasm"));
    let mut bindgen = toolbox.command("wasm-bindgen")?;
    bindgen.args(["--target=web", "--no-typescript", "--out-dir"]).arg(out).arg(module);
    run::run(&mut bindgen)?;

    let folder = paths::root().join("examples").join(name);
    let source = folder.join("index.html");
    let html = fs::read_to_string(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let (page, copies) = without_trunk(&html)?;
    for copy in copies {
        let from = folder.join(copy);
        let to = out.join(from.file_name().context("a file without a name")?);
        fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    fs::write(out.join(BUILT), page).with_context(|| format!("cannot write {BUILT}"))
}

/// The page as Trunk would write it, and the files that it names to be copied (or linked as a style).
fn without_trunk(html: &str) -> Result<(String, Vec<&str>)> {
    let mut page = String::new();
    let mut copies = Vec::new();
    for line in html.lines() {
        match line.trim() {
            tag if tag == BASE.0 => page.push_str(BASE.1),
            tag if tag.starts_with("<link data-trunk rel=\"rust\"") => {}
            tag if tag.starts_with("<link data-trunk rel=\"copy-file\"") => copies.push(href(tag)?),
            tag if tag.starts_with("<link data-trunk rel=\"css\"") => {
                let href = href(tag)?;
                copies.push(href);
                let name = href.rsplit('/').next().unwrap_or(href);
                page.push_str(&format!("<link rel=\"stylesheet\" href=\"{name}\">"));
            }
            tag if tag.contains("data-trunk") => bail!("nobody knows what to make of `{tag}`"),
            _ => page.push_str(line),
        }
        page.push('\n');
    }
    Ok((page, copies))
}

fn href(tag: &str) -> Result<&str> {
    let rest = tag.split_once("href=\"").with_context(|| format!("`{tag}` names no file"))?.1;
    Ok(rest.split_once('"').with_context(|| format!("`{tag}` has no end"))?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_left_as_it_is_but_for_what_is_trunks() {
        let html = "<base data-trunk-public-url>\n<link data-trunk rel=\"rust\">\n\
                    <link data-trunk rel=\"copy-file\" href=\"../../callback.html\">\n\
                    <link data-trunk rel=\"css\" href=\"../../a.css\">\n<p>\n";
        let (page, copies) = without_trunk(html).unwrap();
        assert_eq!(page, "<base href=\"/\">\n\n\n<link rel=\"stylesheet\" href=\"a.css\">\n<p>\n");
        assert_eq!(copies, ["../../callback.html", "../../a.css"]);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(without_trunk("<link data-trunk rel=\"sass\" href=\"a.scss\">").is_err());
        assert!(without_trunk("<link data-trunk rel=\"copy-file\">").is_err());
    }

    #[test]
    fn every_package_among_the_examples_is_built() {
        let folder = fs::read_dir(paths::root().join("examples")).unwrap();
        let packages = folder.map(|entry| entry.unwrap()).filter(|entry| entry.path().join("Cargo.toml").exists());
        let mut found: Vec<String> = packages.map(|entry| entry.file_name().into_string().unwrap()).collect();
        found.sort();
        let mut names = NAMES.map(str::to_owned);
        names.sort();
        assert_eq!(found, names);
    }
}
