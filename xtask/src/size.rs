//! `cargo xtask size`: what a visitor loads, compressed as a host would, against the budgets.

use std::cmp::Reverse;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::args::Args;
use crate::tools::Toolbox;
use crate::{anatomy, cost, dist, package, paths};

pub(crate) const KB: u64 = 1024;

/// A limit for the sum of some files.
struct Budget {
    title: &'static str,
    limit: u64,
    holds: fn(&str) -> bool,
}

const BUDGETS: &[Budget] = &[
    // The callback page is loaded after the run has started, and the worker has a line of its own.
    Budget {
        title: "demo app, until the first run can start",
        limit: 187 * KB,
        holds: |name| !is_worker(name) && !name.starts_with("callback") && is_loaded(name),
    },
    Budget { title: "built-in authorizer worker", limit: 110 * KB, holds: |name| is_worker(name) && is_loaded(name) },
];

/// Likewise, of the npm package. The styles of the element are in its script. The aims are 90 and 60 KB, and these may only
/// go down; `CONTRIBUTING.md` says what is in the way.
const PACKAGE_BUDGETS: &[Budget] = &[
    Budget { title: "element", limit: 182 * KB, holds: |name| matches!(name, "element.js" | "element.wasm") },
    Budget { title: "headless client", limit: 138 * KB, holds: |name| matches!(name, "headless.js" | "headless.wasm") },
];

fn is_worker(name: &str) -> bool {
    name.starts_with("authorizer-worker")
}

fn is_loaded(name: &str) -> bool {
    matches!(Path::new(name).extension().and_then(|extension| extension.to_str()), Some("html" | "css" | "js" | "wasm"))
}

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let detail = args.flag("--detail");
    args.finish()?;
    let toolbox = Toolbox::prepare()?;
    dist::ensure_fresh(&toolbox)?;
    let within = print_tables(&toolbox)?;
    if detail {
        anatomy::print(&paths::dist())?;
    }
    Ok(if within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what `dist/` weighs and what a login adds to an app. Returns whether all budgets hold.
pub(crate) fn print_tables(toolbox: &Toolbox) -> Result<bool> {
    let demo = print_table(&weigh(&paths::dist())?, BUDGETS, "dist/")?;
    // Built although a budget may be past already: who looks wants to see all of it.
    println!();
    let package = print_table(&weigh(&package::ensure_fresh(toolbox)?.dir)?, PACKAGE_BUDGETS, "the npm package")?;
    Ok(cost::print_table(toolbox)? && package && demo)
}

fn print_table(files: &[File], budgets: &[Budget], place: &str) -> Result<bool> {
    let mut within = true;
    println!("{:<52} {:>10} {:>10}", "file", "octets", "gzip -9");
    for budget in budgets {
        let parts: Vec<&File> = files.iter().filter(|file| (budget.holds)(&file.name)).collect();
        if !parts.iter().any(|file| file.name.ends_with(".wasm")) {
            bail!("{place} has no WebAssembly module for \"{}\": the build is not whole", budget.title);
        }
        println!();
        for file in &parts {
            println!("{:<52} {:>10} {:>10}", file.name, file.octets, file.compressed);
        }
        let sum: u64 = parts.iter().map(|file| file.compressed).sum();
        let octets: u64 = parts.iter().map(|file| file.octets).sum();
        let verdict = if sum <= budget.limit { "within" } else { "PAST" };
        within &= sum <= budget.limit;
        println!("{:<52} {:>10} {:>10}", format!("= {}", budget.title), octets, sum);
        println!("  {}, {verdict} the budget of {} KB", kilobytes(sum), budget.limit / KB);
    }
    Ok(within)
}

pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) octets: u64,
    pub(crate) compressed: u64,
}

impl File {
    pub(crate) fn weigh(path: &Path) -> Result<Self> {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, octets: u64::try_from(content.len())?, compressed: gzip_size(&content)? })
    }
}

fn weigh(dir: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(File::weigh(&entry.path())?);
        }
    }
    files.sort_by_key(|file| Reverse(file.compressed));
    Ok(files)
}

pub(crate) fn gzip_size(content: &[u8]) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(u64::try_from(encoder.finish()?.len())?)
}

/// With one digit: `12.3 KB`.
pub(crate) fn kilobytes(octets: u64) -> String {
    let tenths = octets * 10 / KB;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_repeats_shrinks_and_the_frame_is_counted() {
        assert_eq!(gzip_size(b"").unwrap(), 20);
        assert!(gzip_size(&[b'a'; 10_000]).unwrap() < 60);
    }

    #[test]
    fn sizes_are_shown_in_kilobytes_of_1024() {
        assert_eq!(kilobytes(1536), "1.5 KB");
        assert_eq!(kilobytes(180 * KB), "180.0 KB");
    }

    #[test]
    fn each_file_falls_under_the_budget_it_belongs_to() {
        let titles = |name: &str| -> Vec<usize> {
            BUDGETS.iter().enumerate().filter(|(_, budget)| (budget.holds)(name)).map(|(index, _)| index).collect()
        };
        assert_eq!(titles("index.html"), [0]);
        assert_eq!(titles("pkce-login-0123_bg.wasm"), [0]);
        assert_eq!(titles("authorizer-worker.js"), [1]);
        assert_eq!(titles("authorizer-worker-0123.wasm"), [1]);
        assert!(titles("callback.html").is_empty());
        assert!(titles("callback-worker.js").is_empty());
    }
}
