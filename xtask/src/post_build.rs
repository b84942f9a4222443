//! What Trunk leaves to us, called by it when all files are in its staging directory (see Trunk.toml).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::args::Args;
use crate::npm::hex;
use crate::optimize::{self, ScriptKind};
use crate::tools::Toolbox;
use crate::{build_paths, embed, package, paths, worker};

/// Stands in index.html's policy where the hashes of its inline scripts belong.
const HASH_PLACEHOLDER: &str = "'sha256-app'";

/// The callback page's service worker. Its name is its registration, so it has no hash.
const CALLBACK_WORKER: &str = "callback-worker.js";

/// Stands in the worker where the callback page belongs.
const PAGE_PLACEHOLDER: &str = "\"__CALLBACK_PAGE__\"";

/// What the build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Small to load.
    Release,
}

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    let Some(staging) = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from) else {
        bail!("TRUNK_STAGING_DIR is not set: this command is for Trunk; `cargo xtask dist` builds the app");
    };
    let profile = match env::var("TRUNK_PROFILE").as_deref() {
        Ok("release") => Profile::Release,
        _ => Profile::Dev,
    };
    let toolbox = Toolbox::prepare()?;
    if profile == Profile::Release {
        shrink_app(&toolbox, &staging)?;
    }
    worker::build(&toolbox, profile, &staging)?;
    add_callback_worker(&toolbox, profile, &staging)?;
    allow_inline_scripts(&staging.join("index.html"))?;
    check_callback(&staging.join("callback.html"))?;
    if profile == Profile::Release {
        build_paths::forbid_in(&staging)?;
    }
    match package::built()? {
        Some(package) => embed::publish(&package.dir, &staging)?,
        // What is published gets the page afterwards.
        None if profile == Profile::Dev => embed::unlink(&staging.join("index.html"))?,
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the callback page's worker into a directory, with the page in it.
pub(crate) fn add_callback_worker(toolbox: &Toolbox, profile: Profile, out: &Path) -> Result<()> {
    let read = |name: &str| fs::read_to_string(paths::root().join(name)).with_context(|| format!("cannot read {name}"));
    let worker = with_page(&read(CALLBACK_WORKER)?, &read("callback.html")?)?;
    let script = out.join(CALLBACK_WORKER);
    fs::write(&script, worker).with_context(|| format!("cannot write {}", script.display()))?;
    if profile == Profile::Release {
        optimize::script(toolbox, &script, ScriptKind::Classic)?;
    }
    Ok(())
}

fn with_page(worker: &str, page: &str) -> Result<String> {
    if worker.matches(PAGE_PLACEHOLDER).count() != 1 {
        bail!("{CALLBACK_WORKER} must have {PAGE_PLACEHOLDER} exactly once");
    }
    Ok(worker.replace(PAGE_PLACEHOLDER, &serde_json::to_string(page)?))
}

/// Makes the app's module, its glue and its style smaller, and gives the first two names of their new content.
///
/// Trunk has named them for what they were. The two have to fit together, and a browser may have kept one of them from
/// an earlier build.
fn shrink_app(toolbox: &Toolbox, staging: &Path) -> Result<()> {
    let module = only_file(staging, "wasm")?;
    let script = only_file(staging, "js")?;
    optimize::module(toolbox, &module)?;
    optimize::script(toolbox, &script, ScriptKind::Module)?;
    for style in files(staging, "css")? {
        optimize::style(toolbox, &style)?;
    }

    let page = staging.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let old = script.file_stem().and_then(|stem| stem.to_str()).context("the script has no name")?;
    let new = renamed(old, &content_hash(&[&fs::read(&module)?, &fs::read(&script)?]))?;
    if !html.contains(old) || module.file_name() != Some(format!("{old}_bg.wasm").as_ref()) {
        bail!("index.html and the module do not have {old} in their names: Trunk's naming has changed");
    }
    fs::rename(&script, staging.join(format!("{new}.js")))?;
    fs::rename(&module, staging.join(format!("{new}_bg.wasm")))?;
    fs::write(&page, html.replace(old, &new)).with_context(|| format!("cannot write {}", page.display()))
}

fn only_file(dir: &Path, extension: &str) -> Result<PathBuf> {
    match <[PathBuf; 1]>::try_from(files(dir, extension)?) {
        Ok([path]) => Ok(path),
        Err(found) => bail!("Trunk made {} .{extension} files, and one was expected", found.len()),
    }
}

fn files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    Ok(paths)
}

/// `NAME-HASH` with another hash.
fn renamed(stem: &str, hash: &str) -> Result<String> {
    match stem.rsplit_once('-') {
        Some((name, old)) if old.len() >= 8 && old.chars().all(|c| c.is_ascii_hexdigit()) => {
            Ok(format!("{name}-{hash}"))
        }
        _ => bail!("Trunk has put no hash into the name {stem}"),
    }
}

/// What stands in a file's name for its content.
pub(crate) fn content_hash(parts: &[&[u8]]) -> String {
    let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    hex(&digest).chars().take(16).collect()
}

/// Puts the hash of every inline script into the page's policy, so that it forbids all others.
fn allow_inline_scripts(page: &Path) -> Result<()> {
    let html = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let html = with_script_hashes(&html)?;
    fs::write(page, html).with_context(|| format!("cannot write {}", page.display()))
}

/// callback.html has the hash of its script written in, as it has to work without a build. A hash that is out of date
/// would only be noticed at the end of a login.
fn check_callback(page: &Path) -> Result<()> {
    let html = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    match missing_hash(&html) {
        None => Ok(()),
        Some(hash) => bail!("the script of callback.html was changed: put {hash} into the script-src of its policy"),
    }
}

/// The hash of the first inline script that the page does not name.
fn missing_hash(html: &str) -> Option<String> {
    inline_scripts(html).into_iter().map(policy_hash).find(|hash| !html.contains(hash))
}

fn with_script_hashes(html: &str) -> Result<String> {
    if html.matches(HASH_PLACEHOLDER).count() != 1 {
        bail!("index.html must have {HASH_PLACEHOLDER} exactly once, in the script-src of its policy");
    }
    let hashes: Vec<String> = inline_scripts(html).into_iter().map(policy_hash).collect();
    Ok(html.replace(HASH_PLACEHOLDER, &hashes.join(" ")))
}

fn policy_hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

/// The text of every script element without `src`: exactly the octets between its tags, which is what a browser hashes.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((attributes, content)) = after.split_once('>') else {
            break;
        };
        let Some((script, after)) = content.split_once("</script>") else {
            break;
        };
        if !attributes.split_whitespace().any(|attribute| attribute.starts_with("src=")) {
            scripts.push(script);
        }
        rest = after;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_taken_whole_and_others_left() {
        let html = "<script src=a.js></script><p><script type=\"module\">\nlet a;\n</script><script>b</script>";
        assert_eq!(inline_scripts(html), ["\nlet a;\n", "b"]);
    }

    #[test]
    fn the_placeholder_becomes_the_hash() {
        let html = "<meta content=\"script-src 'self' 'sha256-app'\"><script>alert(1)</script>";
        let with = with_script_hashes(html).unwrap();
        assert!(with.contains("script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "{with}");
    }

    #[test]
    fn the_worker_has_the_page_in_it() {
        let worker = with_page("const PAGE = \"__CALLBACK_PAGE__\";", "<!doctype html>\n<p class=\"a\">").unwrap();
        assert_eq!(worker, "const PAGE = \"<!doctype html>\\n<p class=\\\"a\\\">\";");
        assert!(with_page("const PAGE = 0;", "<p>").is_err());
    }

    #[test]
    fn a_script_whose_hash_is_not_named_is_found() {
        let hash = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        assert_eq!(missing_hash(&format!("<meta content=\"script-src {hash}\"><script>alert(1)</script>")), None);
        assert_eq!(missing_hash("<script>alert(1)</script>").as_deref(), Some(hash));
    }

    #[test]
    fn a_file_is_named_for_its_content() {
        assert_eq!(renamed("pkce-login-bf47ee72cb04ab6c", "0123").unwrap(), "pkce-login-0123");
        assert!(renamed("pkce-login", "0123").is_err());
        assert_eq!(content_hash(&[b"ab", b"c"]), "ba7816bf8f01cfea");
    }

    #[test]
    fn a_page_without_the_placeholder_is_an_error() {
        assert!(with_script_hashes("<script>a</script>").is_err());
    }
}
