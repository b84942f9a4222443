//! `cargo xtask screenshots`: pictures of the built demo app, for the README and for looking at each state.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::args::Args;
use crate::browser::Browser;
use crate::tools::Toolbox;
use crate::{dist, npm, run};

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    dist::ensure_fresh(&Toolbox::prepare()?)?;
    let browser = Browser::prepare()?;
    let project = npm::e2e()?;
    let mut script = Command::new("node");
    run::run(script.arg("screenshots.mjs").env("CHROMIUM", &browser.chromium).current_dir(project))?;
    Ok(ExitCode::SUCCESS)
}
