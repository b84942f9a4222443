//! The page about the element, `embed/` of the demo app: `docs/embed`, the documents, and the package as it is published.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::paths;

/// What the page links to.
pub(crate) const DOCUMENTS: &[&str] =
    &["element.md", "hosting.md", "leptos.md", "migration.md", "security.md", "typescript.md"];

/// What a page may load of the package. The rest is for npm.
const SERVED: &[&str] = &["html", "js", "json", "wasm"];

/// Files of the package that no page loads.
const NOT_SERVED: &[&str] = &["package.json"];

/// Puts the page into `site`, with the package in `package` beside it.
pub(crate) fn publish(package: &Path, site: &Path) -> Result<()> {
    let page = site.join("embed");
    if page.exists() {
        fs::remove_dir_all(&page).with_context(|| format!("cannot remove {}", page.display()))?;
    }
    if !package.join("element.js").is_file() {
        bail!("{} has no element.js: the package is not built", package.display());
    }
    copy(package, &page, &|path| {
        let is_of_kind = path.extension().and_then(OsStr::to_str).is_some_and(|found| SERVED.contains(&found));
        is_of_kind && !path.file_name().and_then(OsStr::to_str).is_some_and(|name| NOT_SERVED.contains(&name))
    })?;
    copy(&paths::root().join("docs/embed"), &page, &|_| true)?;
    // One file for the colours of the demo app and of this page.
    copy(&paths::root().join("style"), &page, &|path| path.ends_with("colours.css"))?;
    copy(&paths::root().join("docs"), &page.join("docs"), &|path| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|name| DOCUMENTS.contains(&name))
    })
}

/// How the demo app leads to the page.
const LINK: &str = "<a href=\"embed/\">Embed</a>";

/// Takes the link to the page out of the demo app, where the package is not built: better none than one to nowhere.
pub(crate) fn unlink(index: &Path) -> Result<()> {
    let html = fs::read_to_string(index).with_context(|| format!("cannot read {}", index.display()))?;
    if !html.contains(LINK) {
        bail!("index.html has no {LINK}");
    }
    fs::write(index, html.replace(LINK, "")).with_context(|| format!("cannot write {}", index.display()))
}

/// The files of `from` that are wanted, and those of its directories that have any.
fn copy(from: &Path, to: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target, is_wanted)?;
        } else if is_wanted(&path) {
            fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
            fs::copy(&path, &target).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_package_the_demo_app_does_not_link_to_its_page() {
        let index = std::env::temp_dir().join(format!("pkce-login-index-{}.html", std::process::id()));
        fs::copy(paths::root().join("index.html"), &index).unwrap();
        unlink(&index).unwrap();
        let html = fs::read_to_string(&index).unwrap();
        assert!(!html.contains("embed/") && html.contains("<main"));
        assert!(unlink(&index).is_err(), "a link that is written otherwise is not passed over");
        fs::remove_file(&index).unwrap();
    }

    #[test]
    fn every_file_that_the_page_names_beside_the_package_is_published() {
        let page = fs::read_to_string(paths::root().join("docs/embed/index.html")).unwrap();
        let linked = page.split("href=\"docs/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let mut linked: Vec<&str> = linked.collect();
        linked.sort_unstable();
        assert_eq!(linked, DOCUMENTS);
        for name in DOCUMENTS {
            assert!(paths::root().join("docs").join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn the_page_comes_with_what_a_page_loads_of_the_package() {
        let folder = std::env::temp_dir().join(format!("pkce-login-embed-{}", std::process::id()));
        let (package, site) = (folder.join("package"), folder.join("site"));
        fs::create_dir_all(package.join("locales")).unwrap();
        for name in ["element.js", "element.wasm", "callback.html", "locales/de.js", "package.json", "README.md"] {
            fs::write(package.join(name), name).unwrap();
        }
        publish(&package, &site).unwrap();
        for name in
            ["index.html", "embed.js", "colours.css", "element.js", "element.wasm", "callback.html", "locales/de.js"]
        {
            assert!(site.join("embed").join(name).is_file(), "{name}");
        }
        for name in ["package.json", "README.md"] {
            assert!(!site.join("embed").join(name).exists(), "{name}");
        }
        fs::remove_file(package.join("element.js")).unwrap();
        assert!(publish(&package, &site).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
