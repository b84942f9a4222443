//! `cargo xtask authorizer`: the real OpenID provider of the end-to-end tests, or the built-in one, for a person.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::args::Args;
use crate::{demo, npm, run};

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    if args.flag("--built-in") {
        let mut server = run::cargo();
        server.args(["run", "--package=pkce-login", "--profile=server", "--features=server"]);
        server.args(["--bin=pkce-login-authorizer", "--"]).args(args.rest());
        run::run(&mut server)?;
        return Ok(ExitCode::SUCCESS);
    }
    let port: u16 = args.value("--port")?.unwrap_or(9010);
    let app: String = args.value("--app")?.unwrap_or_else(|| "http://localhost:8080/".to_owned());
    args.finish()?;
    demo::require_free(port, "authorizer")?;
    let project = npm::e2e()?;
    let mut server = Command::new("node");
    server.args(["servers/oidc-provider.mjs", "--port", &port.to_string(), "--app", &app]).current_dir(project);
    run::run(&mut server)?;
    Ok(ExitCode::SUCCESS)
}
