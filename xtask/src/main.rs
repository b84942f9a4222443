//! `cargo xtask`: everything a developer does to this repository, in one program.
//!
//! It brings its own tools (see [`tools`]), so a fresh clone needs Rust, Node.js with npm and git, nothing else.

mod args;
mod authorizer;
mod bindgen;
mod browser;
mod build_paths;
mod check;
mod counts;
mod demo;
mod dist;
mod embed;
mod every_option;
mod examples;
mod firefox;
mod fuzz;
mod interop;
mod npm;
mod optimize;
mod package;
mod package_checks;
mod paths;
mod post_build;
mod race;
mod release;
mod run;
mod screenshots;
mod size;
mod steps;
mod test;
mod tools;
mod user_app;
mod worker;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::args::Args;

struct Command {
    name: &'static str,
    summary: &'static str,
    /// What `cargo xtask NAME --help` prints under the summary.
    details: &'static str,
    run: fn(Args) -> Result<ExitCode>,
    /// Left out of the list: called by other tools, not by people.
    hidden: bool,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        summary: "Set up, build and serve the demo app on http://localhost:8080/",
        details: "  --port N     serve on another port (default 8080)
  --release    build it as it is published: small, and slower to build

It rebuilds when a source file changes. Stop it with Ctrl+C.",
        run: demo::command,
        hidden: false,
    },
    Command {
        name: "test",
        summary: "Set up, then run every check there is; what CI runs",
        details: test::DETAILS,
        run: test::command,
        hidden: false,
    },
    Command {
        name: "check",
        summary: "The quick inner loop: formatting, clippy and the native tests",
        details: "It needs no browser and no tool besides Rust.",
        run: check::command,
        hidden: false,
    },
    Command {
        name: "dist",
        summary: "Build the demo app into dist/ as it is published",
        details: "dist/ can be put on any static host, at the root or under a path.",
        run: dist::command,
        hidden: false,
    },
    Command {
        name: "size",
        summary: "Print what a page loads of the demo, the npm package and a user's app, and fail past the budgets",
        details: size::DETAILS,
        run: size::command,
        hidden: false,
    },
    Command {
        name: "fuzz",
        summary: "Feed everything that reads text from outside with inputs that nobody thought of",
        details: fuzz::DETAILS,
        run: fuzz::command,
        hidden: false,
    },
    Command {
        name: "authorizer",
        summary: "Start a real OpenID provider on this machine to try the demo app against",
        details: "  --port N         listen on another port (default 9010)
  --app ADDRESS    where the demo app is (default http://localhost:8080/)
  --built-in       start `pkce-login-authorizer` instead; its own options follow (docs/testing.md)",
        run: authorizer::command,
        hidden: false,
    },
    Command {
        name: "interop",
        summary: "Drive real authorizers through every step, and write docs/interop.md",
        details: interop::DETAILS,
        run: interop::command,
        hidden: false,
    },
    Command {
        name: "race",
        summary: "Run this client and others side by side, and write docs/race.md",
        details: race::DETAILS,
        run: race::command,
        hidden: false,
    },
    Command {
        name: "every-option",
        summary: "Build the example that has every option of the client on one page",
        details: "It goes to every-option in Cargo's target directory, with all that it needs beside it.",
        run: every_option::command,
        hidden: false,
    },
    Command {
        name: "examples",
        summary: "Build the example apps that can be copied",
        details:
            "Each goes to examples/NAME in Cargo's target directory, with all that it needs beside it. `trunk serve` in
examples/NAME serves one while you change it.",
        run: examples::command,
        hidden: false,
    },
    Command {
        name: "package",
        summary: "Build the npm package: the element, the client without UI, and all that a host serves",
        details: package::DETAILS,
        run: package::command,
        hidden: false,
    },
    Command {
        name: "screenshots",
        summary: "Take docs/run.png and pictures of each state of the demo app",
        details: "The pictures of the states go to tests/e2e/screenshots, which git ignores.",
        run: screenshots::command,
        hidden: false,
    },
    Command {
        name: "post-build",
        summary: "Finish a build of Trunk (called by Trunk, see Trunk.toml)",
        details: "It reads TRUNK_STAGING_DIR and TRUNK_PROFILE.",
        run: post_build::command,
        hidden: true,
    },
];

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut words: Vec<String>) -> Result<ExitCode> {
    if words.is_empty() {
        print_overview();
        return Ok(ExitCode::FAILURE);
    }
    let name = words.remove(0);
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print_overview();
        return Ok(ExitCode::SUCCESS);
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        bail!("there is no command `{name}`; `cargo xtask --help` lists them");
    };
    let args = Args::new(words);
    if args.wants_help() {
        println!("{}\n\nUsage: cargo xtask {name} [options]\n\n{}", command.summary, command.details);
        return Ok(ExitCode::SUCCESS);
    }
    (command.run)(args)
}

fn print_overview() {
    println!("Usage: cargo xtask COMMAND [options]\n");
    for command in COMMANDS.iter().filter(|command| !command.hidden) {
        println!("  {:<12} {}", command.name, command.summary);
    }
    println!("\n`cargo xtask COMMAND --help` tells more.");
}
