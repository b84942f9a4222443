//! `pkce-login-authorizer`: the built-in authorizer as a program, for tests in any language.
//!
//! `arguments` says what it is set up for, `host` answers one request as the contract of the authorizer asks,
//! `keys` signs and verifies, `serve` speaks HTTP.

mod arguments;
mod host;
mod keys;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, LogForm};
use host::Host;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.log {
        LogForm::Text => tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init(),
        LogForm::Json => tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_target(false).init(),
        LogForm::None => {}
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("pkce-login-authorizer: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Starts, says what to configure, and serves until it is told to stop.
///
/// # Errors
/// A sentence: what cannot be used, and what to do.
fn run(arguments: Arguments) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("The runtime did not start: {error}."))?;
    runtime.block_on(async {
        let listeners = serve::listen(arguments.beyond_loopback, arguments.port).await?;
        let world = arguments.world(listeners.port)?;
        let host = Host::new(world.config)?;
        // A script may read the first line and close the pipe: that ends nothing.
        let _ = std::io::stdout().write_all(world.summary.as_bytes());
        serve::until_stopped(listeners, world.base, host).await
    })
}
