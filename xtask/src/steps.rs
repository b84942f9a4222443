//! The steps of `cargo xtask test`. Each returns its counts; an error is a failed step.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Error, Result, anyhow, bail};
use serde_json::json;

use crate::browser::{self, Browser};
use crate::counts::{self, Counts};
use crate::firefox::Firefox;
use crate::tools::Toolbox;
use crate::{dist, every_option, examples, fuzz, npm, package, package_checks, paths, run, size};

#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// What `--only` takes.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) needs: Needs,
    pub(crate) run: fn(&mut Machine) -> Result<Counts>,
}

/// What has to be set up before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Rust,
    Tools,
    /// The tools and a Chromium.
    Browser,
    /// The tools and a Firefox.
    Firefox,
}

pub(crate) const FORMAT: Step = Step { name: "fmt", title: "Formatting", needs: Needs::Rust, run: format };
pub(crate) const LINT_NATIVE: Step =
    Step { name: "clippy", title: "Clippy, native", needs: Needs::Rust, run: lint_native };
pub(crate) const NATIVE_TESTS: Step =
    Step { name: "native", title: "Native tests", needs: Needs::Rust, run: native_tests };

pub(crate) const ALL: &[Step] = &[
    FORMAT,
    LINT_NATIVE,
    Step { name: "wasm", title: "Clippy, WebAssembly", needs: Needs::Tools, run: lint_wasm },
    Step { name: "scripts", title: "Types of the scripts", needs: Needs::Tools, run: check_scripts },
    NATIVE_TESTS,
    Step { name: "fuzz", title: "Fuzzing, 5 s a target", needs: Needs::Rust, run: |_| fuzz::briefly() },
    Step { name: "doc", title: "Documentation", needs: Needs::Tools, run: documentation },
    Step { name: "browser", title: "Tests in a browser", needs: Needs::Browser, run: browser_tests },
    Step { name: "dist", title: "Release build", needs: Needs::Tools, run: release_build },
    Step { name: "e2e", title: "End-to-end tests", needs: Needs::Browser, run: end_to_end_tests },
    Step { name: "firefox", title: "End-to-end tests in Firefox", needs: Needs::Firefox, run: firefox_tests },
    Step { name: "package", title: "npm package, and apps that install it", needs: Needs::Browser, run: npm_package },
    Step { name: "size", title: "Size gate", needs: Needs::Tools, run: size_gate },
];

/// What the set-up found. A step whose part is missing says so again and fails; the others run.
#[derive(Default)]
pub(crate) struct Machine {
    toolbox: Option<Result<Toolbox, String>>,
    browser: Option<Result<Browser, String>>,
    firefox: Option<Result<Firefox, String>>,
    dist: Option<Result<(), String>>,
}

impl Machine {
    pub(crate) fn set_up(&mut self, steps: &[Step]) {
        let needed = |needs| steps.iter().any(|step| step.needs == needs);
        if steps.iter().any(|step| step.needs != Needs::Rust) {
            self.toolbox = Some(told(Toolbox::prepare()));
        }
        if needed(Needs::Browser) {
            self.browser = Some(told(Browser::prepare()));
        }
        if needed(Needs::Firefox) {
            self.firefox = Some(told(Firefox::prepare()));
        }
    }

    fn toolbox(&self) -> Result<&Toolbox> {
        ready(self.toolbox.as_ref(), "the tools")
    }

    fn browser(&self) -> Result<&Browser> {
        ready(self.browser.as_ref(), "a browser")
    }

    fn firefox(&self) -> Result<&Firefox> {
        ready(self.firefox.as_ref(), "a Firefox")
    }

    /// A `dist/` of the present sources: built once, and a failure is not repeated.
    fn dist(&mut self) -> Result<()> {
        if self.dist.is_none() {
            let result = dist::ensure_fresh(self.toolbox()?).map_err(|error| format!("{error:#}"));
            self.dist = Some(result);
        }
        ready(self.dist.as_ref(), "the release build").copied()
    }
}

fn told<T>(result: Result<T>) -> Result<T, String> {
    result.map_err(|error| {
        let text = format!("{error:#}");
        eprintln!("error: {text}");
        text
    })
}

fn ready<'a, T>(part: Option<&'a Result<T, String>>, name: &str) -> Result<&'a T> {
    match part {
        Some(Ok(part)) => Ok(part),
        Some(Err(error)) => Err(anyhow!("{error}")).with_context(|| format!("not run, for want of {name}")),
        None => bail!("not run: nobody set up {name}"),
    }
}

fn format(_: &mut Machine) -> Result<Counts> {
    one_check(run::cargo().args(["fmt", "--all", "--check"]))
}

fn lint_native(_: &mut Machine) -> Result<Counts> {
    let native = one_check(run::cargo().args(["clippy"]).args(NATIVE).args(["--all-targets", "--", "-D", "warnings"]))?;
    // What an app gets that leaves the features out.
    let small = ["clippy", "--package=pkce-login", "--lib", "--no-default-features", "--", "-D", "warnings"];
    let small = one_check(run::cargo().args(small))?;
    let server = ["--bin=pkce-login-authorizer", "--test=server", "--bench=server", "--", "-D", "warnings"];
    let server = one_check(run::cargo().arg("clippy").args(SERVER).args(server))?;
    // The fuzz targets stand outside the workspace, and would not be looked at otherwise.
    let mut fuzz = run::cargo();
    fuzz.args(["check", "--manifest-path=fuzz/Cargo.toml", "--target-dir"]).arg(paths::target()?.join("fuzz"));
    let example = ["--package=testing-rust", "--all-targets", "--", "-D", "warnings"];
    let example = one_check(run::cargo().arg("clippy").args(example))?;
    Ok(native + small + server + example + one_check(&mut fuzz)?)
}

fn lint_wasm(machine: &mut Machine) -> Result<Counts> {
    machine.toolbox()?;
    let targets = ["--lib", "--bins", "--examples", "--test=web", "--features=app,worker,element,dpop,jarm"];
    let all = one_check(run::cargo().args(["clippy", WASM]).args(targets).args(["--", "-D", "warnings"]))?;
    // As the demo app and the small logins are built.
    let least = ["--lib", "--bin=pkce-login", "--no-default-features", "--features=app"];
    let least = one_check(run::cargo().args(["clippy", WASM]).args(least).args(["--", "-D", "warnings"]))?;
    let mut apps = run::cargo();
    apps.args(["clippy", WASM]).args(examples::NAMES.map(|name| format!("--package={name}")));
    Ok(all + least + one_check(apps.args(["--", "-D", "warnings"]))?)
}

/// The scripts against the types that are published for them.
fn check_scripts(machine: &mut Machine) -> Result<Counts> {
    one_check(machine.toolbox()?.node("typescript/bin/tsc").args(["--project", "src/script"]))
}

fn documentation(machine: &mut Machine) -> Result<Counts> {
    machine.toolbox()?;
    let mut doc = run::cargo();
    // For WebAssembly, so that it covers the modules that only exist there.
    doc.args(["doc", WASM, "--no-deps", "--lib", "--features=app,worker,element,dpop,jarm"])
        .env("RUSTDOCFLAGS", "-D warnings");
    one_check(&mut doc)
}

/// All as it is without features, and then what a feature adds.
fn native_tests(_: &mut Machine) -> Result<Counts> {
    // The step of the server makes it, before the example needs it.
    let authorizer = format!("pkce-login-authorizer{}", env::consts::EXE_SUFFIX);
    let authorizer = paths::target()?.join("debug").join(authorizer);
    let test = |options: &[&str]| -> Result<Counts> {
        let mut test = run::cargo();
        test.args(["test", "--no-fail-fast"]).args(options).current_dir(paths::root());
        test.env("PKCE_LOGIN_AUTHORIZER", &authorizer);
        let (status, output) = run::tee(&mut test)?;
        Ok(counts::libtest(&output).of_runner(status.success()))
    };
    let more = ["--features=pkce-login/serde,pkce-login/script", "--test=serde", "--test=script"];
    let server = [SERVER, &["--test=server"]].concat();
    Ok(test(&NATIVE)? + test(&more)? + test(&server)? + test(&["--package=testing-rust"])?)
}

fn browser_tests(machine: &mut Machine) -> Result<Counts> {
    let browser = machine.browser()?;
    // The runner looks for this file in the crate's root unless it is told otherwise.
    let capabilities = paths::target()?.join("webdriver.json");
    let options = json!({ "goog:chromeOptions": { "binary": browser.chromium, "args": browser::ARGUMENTS } });
    fs::write(&capabilities, options.to_string())
        .with_context(|| format!("cannot write {}", capabilities.display()))?;

    // Through a command of the toolbox, for its PATH: cargo starts the runner.
    let mut test = machine.toolbox()?.command("cargo")?;
    test.args(["test", WASM, "--features=components", "--test=web"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities);
    let (status, output) = run::tee(&mut test)?;
    Ok(counts::libtest(&output).of_runner(status.success()))
}

fn release_build(machine: &mut Machine) -> Result<Counts> {
    let result = dist::build(machine.toolbox()?);
    machine.dist = Some(result.as_ref().map(|&()| ()).map_err(|error: &Error| format!("{error:#}")));
    result.map(|()| Counts::ONE_PASSED)
}

fn end_to_end_tests(machine: &mut Machine) -> Result<Counts> {
    machine.dist()?;
    let every_option = every_option::ensure_fresh(machine.toolbox()?)?;
    let examples = examples::ensure_fresh(machine.toolbox()?)?;
    let package = package::ensure_fresh(machine.toolbox()?)?;
    let chromium = &machine.browser()?.chromium;
    let pages = [("EVERY_OPTION", every_option.as_path()), ("EXAMPLES", &examples), ("NPM_PACKAGE", &package.dir)];
    playwright("playwright.config.mjs", "report.json", ("CHROMIUM", chromium), &pages)
}

fn firefox_tests(machine: &mut Machine) -> Result<Counts> {
    machine.dist()?;
    let every_option = every_option::ensure_fresh(machine.toolbox()?)?;
    let program = &machine.firefox()?.program;
    let pages = [("EVERY_OPTION", every_option.as_path())];
    playwright("firefox/playwright.config.mjs", "firefox-report.json", ("FIREFOX", program), &pages)
}

fn npm_package(machine: &mut Machine) -> Result<Counts> {
    let package = package::ensure_fresh(machine.toolbox()?)?;
    package_checks::publish(&package.dir)?;
    let chromium = &machine.browser()?.chromium;
    let pages = [("NPM_PACKAGE", package.dir.as_path()), ("NPM_TARBALL", &package.tarball)];
    let config = "package/playwright.config.mjs";
    Ok(Counts::ONE_PASSED + playwright(config, "package-report.json", ("CHROMIUM", chromium), &pages)?)
}

/// Runs the tests of one configuration. It finds the paths of the browser and of what was built for it in the
/// environment, each under its name.
fn playwright(config: &str, report: &str, browser: (&str, &Path), pages: &[(&str, &Path)]) -> Result<Counts> {
    let project = npm::e2e()?;
    let report = project.join("test-results").join(report);
    let _ = fs::remove_file(&report);
    let mut playwright = Command::new("node");
    playwright
        .args(["node_modules/@playwright/test/cli.js", "test", "--config", config])
        .envs([browser])
        .envs(pages.iter().copied())
        .current_dir(&project);
    let (status, _) = run::tee(&mut playwright)?;
    let text = fs::read_to_string(&report).context("Playwright left no report")?;
    Ok(counts::playwright(&text)?.of_runner(status.success()))
}

fn size_gate(machine: &mut Machine) -> Result<Counts> {
    machine.dist()?;
    Ok(if size::gate(machine.toolbox()?)? { Counts::ONE_PASSED } else { Counts::ONE_FAILED })
}

/// What runs on this machine; the example apps are for WebAssembly only.
const NATIVE: [&str; 2] = ["--package=pkce-login", "--package=xtask"];
/// The program `pkce-login-authorizer`.
const SERVER: &[&str] = &["--package=pkce-login", "--features=server"];

const WASM: &str = "--target=wasm32-unknown-unknown";

fn one_check(command: &mut Command) -> Result<Counts> {
    run::run(command.current_dir(paths::root())).map(|()| Counts::ONE_PASSED)
}
