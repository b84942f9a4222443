//! What a login adds to a Leptos app: the same page is built with it and without it, and the difference is weighed.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::bindgen::{self, Target};
use crate::shrink::{self, ScriptKind};
use crate::size::{File, KB, kilobytes};
use crate::tools::Toolbox;
use crate::{dist, paths, run};

/// A page of `examples/`, built as the demo app is.
struct Page {
    title: &'static str,
    example: &'static str,
    /// The features of the package that it is built with, and no others.
    features: &'static str,
    /// What the login loads besides the module and its glue: files of the repository.
    files: &'static [&'static str],
    /// What it may add to [`BARE`].
    limit: Option<u64>,
}

/// What the others are compared with.
const BARE: Page = Page { title: "a bare Leptos app", example: "bare", features: "app", files: &[], limit: None };

/// What a login may add. The aim is 50 KB; `CONTRIBUTING.md` says which octets are in the way. It may only go down.
const LIMIT: u64 = 72 * KB;

/// One line for each way to use the library. The first is the login of the README, which the features are compared with.
const LOGINS: &[Page] = &[
    Page { title: "sign-in", example: "sign_in", features: "app", files: &["callback.html"], limit: Some(LIMIT) },
    Page { title: "sign-in + dpop", example: "sign_in", features: "app,dpop", files: &["callback.html"], limit: None },
    Page { title: "sign-in + jarm", example: "sign_in", features: "app,jarm", files: &["callback.html"], limit: None },
    Page { title: "sign-in + kept", example: "sign_in", features: "app,kept", files: &["callback.html"], limit: None },
    Page {
        title: "sign-in in a popup",
        example: "sign_in_popup",
        features: "app",
        files: &["callback.html"],
        limit: None,
    },
];

/// Builds the pages and prints what each adds. Returns whether all limits hold.
pub(crate) fn print_table(toolbox: &Toolbox) -> Result<bool> {
    let bare = total(&build(toolbox, &BARE, 0)?);
    let logins = LOGINS.iter().zip(1..).map(|(page, number)| Ok((page, build(toolbox, page, number)?)));
    let logins = logins.collect::<Result<Vec<_>>>()?;

    println!("\n{:<52} {:>10} {:>10}", "what a login adds to a Leptos app", "octets", "gzip -9");
    println!("\n{:<52} {:>10} {:>10}", BARE.title, bare.octets, bare.compressed);
    let mut within = true;
    let mut first = None;
    for (page, files) in &logins {
        println!();
        for file in files {
            println!("{:<52} {:>10} {:>10}", file.name, file.octets, file.compressed);
        }
        let sum = total(files);
        let added = Added::between(&bare, &sum);
        println!("{:<52} {:>10} {:>10}", format!("= {}", page.title), sum.octets, sum.compressed);
        println!("  {}{}", added.words("the bare app"), judge(added, page.limit, &mut within));
        if let Some(first) = &first {
            println!("  {}", Added::between(first, &sum).words(LOGINS.first().map_or("", |page| page.title)));
        }
        first.get_or_insert(sum);
    }
    Ok(within)
}

/// The difference of two pages, in octets compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Added {
    compressed: u64,
    /// The larger page is the one that should be smaller.
    is_less: bool,
}

impl Added {
    fn between(without: &File, with: &File) -> Self {
        Self { compressed: with.compressed.abs_diff(without.compressed), is_less: with.compressed < without.compressed }
    }

    fn words(self, what: &str) -> String {
        let sign = if self.is_less { "less" } else { "more" };
        format!("{} {sign} than {what}", kilobytes(self.compressed))
    }
}

fn judge(added: Added, limit: Option<u64>, within: &mut bool) -> String {
    let Some(limit) = limit else { return String::new() };
    let holds = added.is_less || added.compressed <= limit;
    *within &= holds;
    let verdict = if holds { "within" } else { "PAST" };
    format!(", {verdict} the budget of {} KB", limit / KB)
}

fn total(files: &[File]) -> File {
    let sum = |weight: fn(&File) -> u64| files.iter().map(weight).sum();
    File { name: String::new(), octets: sum(|file| file.octets), compressed: sum(|file| file.compressed) }
}

/// Builds a page and weighs what it loads, its HTML apart, which is the same with a login and without.
fn build(toolbox: &Toolbox, page: &Page, number: usize) -> Result<Vec<File>> {
    eprintln!("Building {} ({} of {}) ...", page.title, number + 1, LOGINS.len() + 1);
    let mut cargo = run::cargo();
    cargo.args(["build", "--offline", "--target=wasm32-unknown-unknown"]);
    cargo.args(["--no-default-features", "--features", page.features]);
    dist::as_published(cargo.args(["--example", page.example]))?;
    run::run(cargo.current_dir(paths::root()))?;

    // The same name for all of them, because it is in the glue.
    const NAME: &str = "page";
    let target = paths::target()?;
    let out = target.join("login-cost").join(page.title.replace(' ', "-"));
    let built = target.join("wasm32-unknown-unknown/release/examples").join(format!("{}.wasm", page.example));
    bindgen::bind(toolbox, Target::Web, &built, NAME, &out)?;
    let (module, script) = (out.join(format!("{NAME}_bg.wasm")), out.join(format!("{NAME}.js")));
    let glue = fs::read_to_string(&script).context("wasm-bindgen wrote no glue")?;
    fs::write(&script, shrink::shrink(toolbox, &module, &glue, ScriptKind::Module)?)?;
    shrink::minify_script(toolbox, &script, ScriptKind::Module)?;

    let files = page.files.iter().map(|name| paths::root().join(name));
    let files = [module, script].into_iter().chain(files).map(|path| File::weigh(&path)).collect::<Result<Vec<_>>>()?;
    if files.iter().any(|file| file.octets == 0) {
        bail!("{} loads an empty file: the build is not whole", page.title);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(compressed: u64) -> File {
        File { name: String::new(), octets: 0, compressed }
    }

    #[test]
    fn a_page_past_its_limit_fails_and_one_without_a_limit_never_does() {
        let added = Added::between(&weight(100 * KB), &weight(150 * KB));
        let mut within = true;
        assert_eq!(judge(added, Some(50 * KB), &mut within), ", within the budget of 50 KB");
        assert_eq!(judge(added, None, &mut within), "");
        assert!(within);
        let added = Added::between(&weight(100 * KB), &weight(150 * KB + 1));
        assert_eq!(judge(added, Some(50 * KB), &mut within), ", PAST the budget of 50 KB");
        assert!(!within);
    }

    #[test]
    fn a_page_that_is_smaller_is_said_to_be() {
        let added = Added::between(&weight(3 * KB), &weight(KB));
        assert_eq!(added.words("sign-in"), "2.0 KB less than sign-in");
        assert_eq!(Added::between(&weight(KB), &weight(3 * KB)).words("sign-in"), "2.0 KB more than sign-in");
    }

    #[test]
    fn every_login_is_weighed_with_its_callback_page_and_the_readmes_is_gated() {
        assert!(LOGINS.iter().all(|page| page.files.contains(&"callback.html")));
        assert_eq!(LOGINS.first().and_then(|page| page.limit), Some(LIMIT));
    }
}
