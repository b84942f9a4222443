//! `cargo xtask size`: what a visitor loads, compressed as a host would, against the budgets; the README's table is written
//! from it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::args::Args;
use crate::tools::Toolbox;
use crate::{dist, package, paths, user_app};

pub(crate) const DETAILS: &str = "  --features    also say what each feature costs in a Leptos app
  --write       write the table of README.md anew

It builds what is older than the sources: dist/, the npm package, and an app outside the clone that follows docs/leptos.md.
The table of the README has to say what is measured, to a kilobyte.";

pub(crate) const KB: u64 = 1024;

/// What stands around the README's table.
const TABLE: (&str, &str) = ("<!-- cargo xtask size --write -->\n", "\n<!-- end -->");

/// Some files that a page loads together, and how much they may weigh, in KB of 1024 octets after `gzip -9`: 2 % above what
/// is reached.
struct Budget {
    title: &'static str,
    /// Where it stands in the README, if it does.
    row: Option<&'static str>,
    limit: u64,
    holds: fn(&str) -> bool,
}

const DEMO: &[Budget] = &[
    // The callback page is loaded after the run has started, and the worker has a line of its own.
    Budget {
        title: "demo app, until the first run can start",
        row: None,
        limit: 210,
        holds: |name| !is_worker(name) && !name.starts_with("callback") && is_loaded(name),
    },
    Budget {
        title: "built-in authorizer worker",
        row: None,
        limit: 103,
        holds: |name| is_worker(name) && is_loaded(name),
    },
];

/// The styles of the element are in its script.
const PACKAGE: &[Budget] = &[
    Budget {
        title: "element",
        row: Some("`<pkce-login>`, whole"),
        limit: 165,
        holds: |name| name.starts_with("element") && is_loaded(name),
    },
    Budget {
        title: "headless client",
        row: Some("the client without UI, whole"),
        limit: 142,
        holds: |name| name.starts_with("headless") && !name.contains("-full") && is_loaded(name),
    },
    Budget {
        title: "headless client, all of it",
        row: Some("the client without UI, with `dpop` or `storage`"),
        limit: 154,
        holds: |name| {
            name.starts_with("headless") && (name.contains("-full") || name == "headless.js") && is_loaded(name)
        },
    },
];

/// As Trunk builds them; the callback page is loaded on the way back.
const BARE: Budget =
    Budget { title: "bare Leptos app", row: Some("a Leptos app without it"), limit: 26, holds: is_app };
const APP: Budget = Budget {
    title: "smallest Leptos app with a login",
    row: Some("the smallest Leptos app with it"),
    limit: 156,
    holds: is_app,
};

fn is_app(name: &str) -> bool {
    name != "index.html" && is_loaded(name)
}

fn is_worker(name: &str) -> bool {
    name.starts_with("authorizer-worker")
}

fn is_loaded(name: &str) -> bool {
    matches!(Path::new(name).extension().and_then(|extension| extension.to_str()), Some("html" | "css" | "js" | "wasm"))
}

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let features = args.flag("--features");
    let write = args.flag("--write");
    args.finish()?;
    let toolbox = Toolbox::prepare()?;
    dist::ensure_fresh(&toolbox)?;
    let measured = measure(&toolbox)?;
    if write {
        fs::write(readme(), measured.in_readme(&read_readme()?)?)?;
    }
    let holds = measured.print()?;
    if features {
        print_features(&toolbox)?;
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the tables. Returns whether all budgets hold and the README says what is so.
pub(crate) fn gate(toolbox: &Toolbox) -> Result<bool> {
    measure(toolbox)?.print()
}

fn measure(toolbox: &Toolbox) -> Result<Measured> {
    let mut sums = Vec::new();
    let mut weigh = |budgets: &'static [Budget], dir: &Path| -> Result<()> {
        let files = weigh(dir)?;
        for budget in budgets {
            sums.push(Sum::of(budget, &files, dir)?);
        }
        Ok(())
    };
    weigh(&[BARE], &user_app::build(toolbox, user_app::App::Bare)?)?;
    weigh(&[APP], &user_app::build(toolbox, user_app::App::Documented)?)?;
    weigh(PACKAGE, &package::ensure_fresh(toolbox)?.dir)?;
    weigh(DEMO, &paths::dist())?;
    Ok(Measured { sums })
}

/// What each feature adds to the app of `docs/leptos.md`.
fn print_features(toolbox: &Toolbox) -> Result<()> {
    let total = |app| -> Result<Compressed> {
        let dir = user_app::build(toolbox, app)?;
        Ok(Sum::of(&APP, &weigh(&dir)?, &dir)?.sum)
    };
    let least = total(user_app::App::With(None))?;
    println!("\n{:<44} {:>10} {:>10}", "a Leptos app with these features", "gzip -9", "brotli 11");
    println!("{:<44} {:>10} {:>10}", "none", kilobytes(least.gzip), kilobytes(least.brotli));
    for feature in user_app::FEATURES {
        let with = total(user_app::App::With(Some(feature)))?;
        let added = |with: u64, without: u64| kilobytes(with.saturating_sub(without));
        println!(
            "{:<44} {:>10} {:>10}",
            format!("+ {feature}"),
            added(with.gzip, least.gzip),
            added(with.brotli, least.brotli)
        );
    }
    Ok(())
}

struct Measured {
    sums: Vec<Sum>,
}

impl Measured {
    fn print(&self) -> Result<bool> {
        let mut holds = true;
        println!("{:<44} {:>10} {:>10} {:>10}", "file", "octets", "gzip -9", "brotli 11");
        for sum in &self.sums {
            println!();
            for file in &sum.files {
                println!("{:<44} {:>10} {:>10} {:>10}", file.name, file.octets, file.size.gzip, file.size.brotli);
            }
            let (budget, size) = (sum.budget, sum.sum);
            let verdict = if size.gzip <= budget.limit * KB { "within" } else { "PAST" };
            holds &= size.gzip <= budget.limit * KB;
            println!("{:<44} {:>10} {:>10} {:>10}", format!("= {}", budget.title), "", size.gzip, size.brotli);
            println!("  {}, {verdict} the budget of {} KB", kilobytes(size.gzip), budget.limit);
        }
        let readme = read_readme()?;
        if !self.is_in_readme(&readme)? {
            println!("\nREADME.md says something else: `cargo xtask size --write` puts it right.");
            holds = false;
        }
        Ok(holds)
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, Compressed)> + '_ {
        self.sums.iter().filter_map(|sum| Some((sum.budget.row?, sum.sum)))
    }

    fn in_readme(&self, readme: &str) -> Result<String> {
        let (before, _, after) = around_table(readme)?;
        let mut table = String::from("| what a page loads, KB | `gzip -9` | `brotli 11` |\n|---|---|---|");
        for (row, size) in self.rows() {
            table.push_str(&format!("\n| {row} | {} | {} |", whole(size.gzip), whole(size.brotli)));
        }
        Ok([before, TABLE.0, &table, TABLE.1, after].concat())
    }

    /// Another machine's compiler may come to some octets more or less.
    fn is_in_readme(&self, readme: &str) -> Result<bool> {
        let (_, table, _) = around_table(readme)?;
        Ok(self.rows().all(|(row, size)| {
            let line = table.lines().find(|line| line.contains(&format!("| {row} |")));
            let said: Vec<u64> =
                line.into_iter().flat_map(|line| line.split('|')).filter_map(|cell| cell.trim().parse().ok()).collect();
            said.len() == 2 && said.iter().zip([size.gzip, size.brotli]).all(|(said, is)| said.abs_diff(whole(is)) <= 1)
        }))
    }
}

fn readme() -> PathBuf {
    paths::root().join("README.md")
}

fn read_readme() -> Result<String> {
    fs::read_to_string(readme()).context("cannot read README.md")
}

fn around_table(readme: &str) -> Result<(&str, &str, &str)> {
    let found = readme.split_once(TABLE.0).and_then(|(before, rest)| {
        let (table, after) = rest.split_once(TABLE.1)?;
        Some((before, table, after))
    });
    found.with_context(|| format!("README.md has no table after {}", TABLE.0.trim()))
}

/// The files of a budget.
struct Sum {
    budget: &'static Budget,
    files: Vec<File>,
    sum: Compressed,
}

impl Sum {
    fn of(budget: &'static Budget, files: &[File], dir: &Path) -> Result<Self> {
        let files: Vec<File> = files.iter().filter(|file| (budget.holds)(&file.name)).cloned().collect();
        if !files.iter().any(|file| file.name.ends_with(".wasm")) {
            bail!("{} has no WebAssembly module for \"{}\": the build is not whole", dir.display(), budget.title);
        }
        let sum = |part: fn(&Compressed) -> u64| files.iter().map(|file| part(&file.size)).sum();
        let sum = Compressed { gzip: sum(|size| size.gzip), brotli: sum(|size| size.brotli) };
        Ok(Self { budget, files, sum })
    }
}

#[derive(Clone)]
struct File {
    name: String,
    octets: usize,
    size: Compressed,
}

/// In octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Compressed {
    gzip: u64,
    brotli: u64,
}

fn weigh(dir: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for name in package::names(dir)?.into_iter().filter(|name| !name.contains('/') && is_loaded(name)) {
        let content = fs::read(dir.join(&name)).with_context(|| format!("cannot read {name}"))?;
        files.push(File { name, octets: content.len(), size: compress(&content)? });
    }
    Ok(files)
}

fn compress(content: &[u8]) -> Result<Compressed> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content)?;
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    brotli.write_all(content)?;
    Ok(Compressed { gzip: u64::try_from(gzip.finish()?.len())?, brotli: u64::try_from(brotli.into_inner().len())? })
}

/// With one digit: `12.3 KB`.
fn kilobytes(octets: u64) -> String {
    let tenths = octets * 10 / KB;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}

/// The nearest whole number of kilobytes.
fn whole(octets: u64) -> u64 {
    (octets + KB / 2) / KB
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(gzip: u64, brotli: u64) -> Measured {
        let sum = Compressed { gzip: gzip * KB, brotli: brotli * KB };
        Measured { sums: vec![Sum { budget: &APP, files: Vec::new(), sum }] }
    }

    #[test]
    fn the_readmes_table_is_written_and_then_is_right_to_a_kilobyte() {
        let readme = format!("before\n\n{}old{}\n\nafter\n", TABLE.0, TABLE.1);
        let written = measured(120, 100).in_readme(&readme).unwrap();
        assert!(written.contains("| the smallest Leptos app with it | 120 | 100 |"), "{written}");
        assert!(written.starts_with("before\n\n") && written.ends_with("\n\nafter\n"));
        assert!(measured(121, 99).is_in_readme(&written).unwrap());
        assert!(!measured(122, 100).is_in_readme(&written).unwrap());
        assert!(!measured(120, 100).is_in_readme(&readme).unwrap());
        assert!(measured(120, 100).in_readme("no table").is_err());
    }

    #[test]
    fn text_that_repeats_shrinks_and_the_frame_is_counted() {
        assert_eq!(compress(b"").unwrap().gzip, 20);
        let size = compress(&[b'a'; 10_000]).unwrap();
        assert!(size.gzip < 60 && size.brotli < 30, "{size:?}");
    }

    #[test]
    fn sizes_are_shown_in_kilobytes_of_1024() {
        assert_eq!(kilobytes(1536), "1.5 KB");
        assert_eq!((whole(1535), whole(1536)), (1, 2));
    }

    #[test]
    fn each_file_falls_under_the_budget_it_belongs_to() {
        let titles = |name: &str| -> Vec<usize> {
            DEMO.iter().enumerate().filter(|(_, budget)| (budget.holds)(name)).map(|(index, _)| index).collect()
        };
        assert_eq!(titles("index.html"), [0]);
        assert_eq!(titles("pkce-login-0123_bg.wasm"), [0]);
        assert_eq!(titles("authorizer-worker.js"), [1]);
        assert_eq!(titles("authorizer-worker-0123.wasm"), [1]);
        assert!(titles("callback.html").is_empty());
        assert!(titles("callback-worker.js").is_empty());
    }
}
