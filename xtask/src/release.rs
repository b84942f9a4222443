//! How the modules that we publish are compiled: small, and without what panics say. A user's own app needs none of this.

use std::env;
use std::process::Command;

/// Cargo adds these flags to those of .cargo/config.toml, for WebAssembly only.
const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// A panic ends the module at once, and its message and its place in the source are not in it.
const IMMEDIATE_ABORT: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// The standard library is built with the rest, for size and with the same panics. The compiler calls these options
/// unstable, and so has to be told that they are meant.
const BUILD_STD: [(&str, &str); 3] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
];

/// Has cargo, or Trunk, build what is published.
pub(crate) fn compile(command: &mut Command) {
    let own = env::var(FLAGS).unwrap_or_default();
    // Trunk was given ours and calls this program with them. The flags have to come out the same, or all is built anew.
    let flags = if own.contains(IMMEDIATE_ABORT) { own } else { format!("{own} {IMMEDIATE_ABORT}") };
    build_std(command.arg("--release")).env(FLAGS, flags.trim());
    // These replace the flags of .cargo/config.toml, and ours with them.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
}

/// Has cargo see the standard library's own dependencies, as `cargo fetch` has to.
pub(crate) fn build_std(command: &mut Command) -> &mut Command {
    command.envs(BUILD_STD)
}
