//! An app as a reader of `docs/leptos.md` makes it: in a folder of its own outside the clone, from the document's own texts,
//! with plain Trunk. What it weighs is what its users load.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tools::Toolbox;
use crate::{paths, run};

const DOCUMENT: &str = "docs/leptos.md";

/// The document's dependency, as a reader with the clone beside his app has it.
const DEPENDENCY: &str = "pkce-login = { path = \"../pkce-login\", features = [\"components\"] }";

/// The features of the package that an app chooses.
pub(crate) const FEATURES: [&str; 3] = ["dpop", "jarm", "persistence"];

/// Whom the document's app asks, and as whom.
const ISSUER: &str = "http://as.localhost:9010";
const CLIENT_ID: &str = "pkce-login-demo";

/// The same page without a login.
const BARE: &str = "use leptos::prelude::*;

fn main() {
    mount_to_body(|| view! { <main><h1>\"Minimal\"</h1></main> });
}
";

#[derive(Clone, Copy, Debug)]
pub(crate) enum App {
    /// Without the login.
    Bare,
    /// To the letter.
    Documented,
    /// To the letter, but for the authorizer and the client identifier.
    At(&'static str, &'static str),
    /// With one feature, or none, in the place of the default ones.
    With(Option<&'static str>),
}

/// Builds the app and says where it is.
pub(crate) fn build(toolbox: &Toolbox, app: App) -> Result<PathBuf> {
    eprintln!("Building an app outside the clone ({app:?}) ...");
    let document =
        fs::read_to_string(paths::root().join(DOCUMENT)).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let files = files(&document, app)?;
    // Not below the clone, whose .cargo/config.toml would hold for it.
    let dir = env::temp_dir().join(format!("pkce-login-app-{}", std::process::id()));
    let made = make(&dir, &files).and_then(|()| trunk(toolbox, &dir));
    let dist = paths::target()?.join("user-app/dist");
    let kept = made.and_then(|()| keep(&dir.join("dist"), &dist));
    let _ = fs::remove_dir_all(&dir);
    kept.map(|()| dist)
}

/// The files of the app, by their names in it.
fn files(document: &str, app: App) -> Result<Vec<(&'static str, String)>> {
    let manifest = block(document, "Cargo.toml", "toml")?;
    let clone = toml_string(&format!("{}", paths::root().display()));
    let dependency = match app {
        App::Bare => String::new(),
        App::Documented | App::At(..) => DEPENDENCY.replace("\"../pkce-login\"", &clone),
        App::With(feature) => {
            let features: Vec<String> = ["components"].into_iter().chain(feature).map(toml_string).collect();
            format!("pkce-login = {{ path = {clone}, default-features = false, features = [{}] }}", features.join(", "))
        }
    };
    if !manifest.contains(DEPENDENCY) {
        bail!("{DOCUMENT} does not have `{DEPENDENCY}`");
    }
    let page = block(document, "index.html", "html")?;
    let (main, page) = match app {
        App::Bare => {
            let page = page.lines().filter(|line| !line.contains("callback.html") && !line.contains("element.css"));
            (BARE.to_owned(), page.collect::<Vec<_>>().join("\n"))
        }
        _ => (block(document, "examples/minimal/src/main.rs", "rust")?.to_owned(), page.to_owned()),
    };
    let main = match app {
        App::At(issuer, client_id) => main.replace(ISSUER, issuer).replace(CLIENT_ID, client_id),
        _ => main,
    };
    let copy = |name: &str| fs::read_to_string(paths::root().join(name)).with_context(|| format!("cannot read {name}"));
    Ok(vec![
        ("Cargo.toml", manifest.replace(DEPENDENCY, &dependency)),
        // The versions that are tested here. A reader has newer ones before long.
        ("Cargo.lock", copy("Cargo.lock")?),
        ("index.html", page),
        ("src/main.rs", main),
        ("callback.html", copy("callback.html")?),
        ("element.css", copy("src/element/element.css")?),
    ])
}

/// What stands in the document below the name of a file.
fn block<'a>(document: &'a str, file: &str, language: &str) -> Result<&'a str> {
    let start = format!("<!-- {file} -->\n```{language}\n");
    let found = document.split_once(&start).and_then(|(_, rest)| rest.split_once("```"));
    Ok(found.with_context(|| format!("{DOCUMENT} does not show {file}"))?.0)
}

fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn make(dir: &Path, files: &[(&'static str, String)]) -> Result<()> {
    fs::create_dir_all(dir.join("src")).with_context(|| format!("cannot make {}", dir.display()))?;
    for (name, content) in files {
        fs::write(dir.join(name), content).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// `trunk build --release`, as anyone calls it. Only the octets that it builds from come from here.
fn trunk(toolbox: &Toolbox, dir: &Path) -> Result<()> {
    let mut trunk = toolbox.command("trunk")?;
    trunk.args(["build", "--release", "--offline"]).current_dir(dir);
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true").env_remove("NO_COLOR");
    trunk.env("CARGO_TARGET_DIR", paths::target()?.join("user-app/target"));
    trunk.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run::run(&mut trunk)
}

fn keep(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        fs::copy(&path, to.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> String {
        fs::read_to_string(paths::root().join(DOCUMENT)).unwrap()
    }

    fn manifest(app: App) -> String {
        files(&document(), app).unwrap().remove(0).1
    }

    #[test]
    fn the_app_is_made_of_the_documents_texts() {
        assert!(manifest(App::Documented).contains("features = [\"components\"] }"));
        assert!(
            manifest(App::With(Some("dpop")))
                .contains("default-features = false, features = [\"components\", \"dpop\"]")
        );
        assert!(!manifest(App::Bare).contains("pkce-login = "));
        assert!(files("no document", App::Documented).is_err());
    }

    #[test]
    fn a_bare_app_loads_nothing_of_the_login() {
        let files = files(&document(), App::Bare).unwrap();
        let page = &files.iter().find(|(name, _)| *name == "index.html").unwrap().1;
        assert!(page.contains("data-trunk rel=\"rust\"") && !page.contains("element.css"), "{page}");
    }
}
