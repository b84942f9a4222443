//! `cargo xtask test`: every step, one after the other, and one line at the end.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::args::Args;
use crate::counts::Counts;
use crate::steps::{self, Machine, Step};

pub(crate) const DETAILS: &str = "  --list         list the steps
  --only STEP    run one step

It goes on after a failed step, so that one run shows all there is to see. The last line is `N passed, N failed`, in which
formatting, clippy, the documentation, the release build and the size gate count as one check each.";

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let list = args.flag("--list");
    let only: Option<String> = args.value("--only")?;
    args.finish()?;
    if list {
        for step in steps::ALL {
            println!("{:<8} {}", step.name, step.title);
        }
        return Ok(ExitCode::SUCCESS);
    }
    match only {
        None => run(steps::ALL),
        Some(name) => {
            let step = steps::ALL.iter().find(|step| step.name == name);
            run(&[*step.with_context(|| format!("there is no step `{name}`; --list lists them"))?])
        }
    }
}

/// Runs the steps and prints the totals.
pub(crate) fn run(steps: &[Step]) -> Result<ExitCode> {
    let start = Instant::now();
    let mut machine = Machine::default();
    if steps.iter().any(|step| step.needs != steps::Needs::Rust) {
        heading("Set-up");
        machine.set_up(steps);
    }
    let mut results = Vec::new();
    for step in steps {
        heading(step.title);
        let step_start = Instant::now();
        let counts = (step.run)(&mut machine).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts::ONE_FAILED
        });
        results.push((step, counts, step_start.elapsed()));
    }

    heading("Summary");
    for (step, counts, took) in &results {
        let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
        println!(
            "{verdict:<7} {:<8} {:>6} passed {:>4} failed {:>5} s",
            step.name,
            counts.passed,
            counts.failed,
            took.as_secs()
        );
        for failure in &counts.failures {
            println!("        {failure}");
        }
    }
    println!("All of it took {} s.\n", start.elapsed().as_secs());
    let total: Counts = results.iter().map(|(_, counts, _)| counts.clone()).sum();
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// To the standard output, where the runners' results go too, so that they stay in order.
fn heading(title: &str) {
    println!("\n=== {title}");
}
