//! `cargo xtask race`: this client beside others, in one browser on this machine. Its results stand in `docs/`.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::args::Args;
use crate::browser::Browser;
use crate::tools::Toolbox;
use crate::{npm, package, run, user_app};

pub(crate) const DETAILS: &str = "  --rounds N       how often each client runs (default 7)
  --only NAME      the clients with this in their names
  --profile NAME   the networks with this in their names: local, fast, slow

It writes docs/race.json, and docs/race.md and docs/race.svg from it, unless --only or --profile is given. A round takes about three
minutes. Run it on a machine that has nothing else to do.";

/// Where the authorizer listens; the Leptos app is built for it.
const PORT: &str = "9443";

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let rounds: Option<u32> = args.value("--rounds")?;
    let only: Option<String> = args.value("--only")?;
    let profile: Option<String> = args.value("--profile")?;
    args.finish()?;
    let toolbox = Toolbox::prepare()?;
    let browser = Browser::prepare()?;
    // The authorizer and the driver of the browser are there.
    npm::e2e()?;
    let project = npm::race()?;
    let package = package::ensure_fresh(&toolbox)?;
    let leptos = user_app::build(&toolbox, user_app::App::At("https://as.localhost:9443/", "race"))?;

    let mut race = Command::new("node");
    race.args(["race.mjs", "--port", PORT, "--package"]).arg(&package.dir).arg("--leptos").arg(&leptos);
    race.env("CHROMIUM", &browser.chromium).current_dir(project);
    race.args(["--rounds", &rounds.unwrap_or(7).to_string()]);
    for (name, value) in [("--only", &only), ("--profile", &profile)] {
        race.args(value.iter().flat_map(|value| [name, value.as_str()]));
    }
    run::run(&mut race)?;
    Ok(ExitCode::SUCCESS)
}
