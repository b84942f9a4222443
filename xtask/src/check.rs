//! `cargo xtask check`: what can be told in seconds, without a browser.

use std::process::ExitCode;

use anyhow::Result;

use crate::args::Args;
use crate::steps::{FORMAT, LINT_NATIVE, NATIVE_TESTS};
use crate::test;

pub(crate) fn command(args: Args) -> Result<ExitCode> {
    args.finish()?;
    test::run(&[FORMAT, LINT_NATIVE, NATIVE_TESTS])
}
