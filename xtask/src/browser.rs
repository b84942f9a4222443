//! A Chromium and the driver of the same major version, for the tests that need a real browser.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{npm, paths, run};

/// Names under which Chromium and its kin are installed.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where macOS keeps them, outside of PATH.
const MAC_BROWSERS: &[&str] = &[
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Fetches a driver by version where Playwright has fetched the browser.
const DRIVER_INSTALLER: &str = "@puppeteer/browsers@3.2.6";

/// Switches for a browser under test: nothing that looks for the outside network.
pub(crate) const ARGUMENTS: &[&str] = &[
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Finds a matching pair, or installs one where this user can.
    pub(crate) fn prepare() -> Result<Self> {
        if let Some(browser) = Self::find() {
            return Ok(browser);
        }
        if may_install() {
            eprintln!("Installing Chromium and its driver with apt-get ...");
            if let Err(error) = apt_install(&["chromium", "chromium-driver"]) {
                eprintln!("  {error:#}");
            }
            if let Some(browser) = Self::find() {
                return Ok(browser);
            }
        }
        eprintln!("Fetching the Chromium of Playwright ...");
        match Self::fetch() {
            Ok(browser) => Ok(browser),
            Err(error) => bail!(
                "no Chromium with a chromedriver of the same major version was found, and none could be fetched ({error:#}). \
                 Install both (Debian: the packages chromium and chromium-driver), or set CHROMIUM and CHROMEDRIVER to their paths."
            ),
        }
    }

    /// The first browser for which there is a driver. What the user names goes before PATH.
    fn find() -> Option<Self> {
        let named = |variable| env::var_os(variable).map(PathBuf::from).into_iter();
        let on_path = BROWSERS.iter().flat_map(|name| run::all_on_path(name));
        let on_mac = MAC_BROWSERS.iter().map(PathBuf::from).filter(|path| path.is_file());
        let drivers: Vec<(PathBuf, u32)> =
            named("CHROMEDRIVER").chain(run::all_on_path("chromedriver")).filter_map(with_major).collect();
        named("CHROMIUM").chain(on_path).chain(on_mac).filter_map(with_major).find_map(|(chromium, major)| {
            let (driver, _) = drivers.iter().find(|(_, driver_major)| *driver_major == major)?;
            Some(Self { chromium, driver: driver.clone() })
        })
    }

    /// Playwright's own browser, into the user's cache, and the driver for it.
    fn fetch() -> Result<Self> {
        let project = npm::e2e()?;
        let store = paths::cache()?.join("browsers");
        let node = || {
            let mut node = Command::new("node");
            // It tries several hosts and would wait half a minute for each.
            node.env("PLAYWRIGHT_BROWSERS_PATH", &store)
                .env("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "5000")
                .current_dir(&project);
            node
        };
        run::run(node().args(["node_modules/@playwright/test/cli.js", "install", "chromium"]))?;
        let print_path = "console.log(require('@playwright/test').chromium.executablePath())";
        let chromium = PathBuf::from(run::output(node().args(["-e", print_path]))?.trim());
        let (chromium, major) = with_major(chromium)
            .context("the fetched browser does not run here: its system libraries may be missing")?;

        let mut install = run::npm();
        install
            .args(["exec", "--yes", "--", DRIVER_INSTALLER, "install", &format!("chromedriver@{major}"), "--path"])
            .arg(&store);
        let printed = run::output(&mut install)?;
        // It closes with `chromedriver@VERSION PATH`.
        let path =
            printed.lines().last().and_then(|line| line.split_once(' ')).map(|(_, path)| PathBuf::from(path.trim()));
        let (driver, _) = path.and_then(with_major).context("the fetched chromedriver does not run here")?;
        Ok(Self { chromium, driver })
    }
}

/// Whether this is a Debian, or a kin of it, and a user who may install on it.
pub(crate) fn may_install() -> bool {
    is_root() && !run::all_on_path("apt-get").is_empty()
}

pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let apt_get = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command
    };
    run::run(&mut apt_get(&["update", "-q"]))?;
    run::run(apt_get(&["install", "-q", "-y", "--no-install-recommends"]).args(packages))
}

fn is_root() -> bool {
    let Ok(output) = Command::new("id").arg("-u").output() else {
        return false;
    };
    output.stdout.trim_ascii() == b"0"
}

/// The program with its major version; none where it does not run.
pub(crate) fn with_major(program: PathBuf) -> Option<(PathBuf, u32)> {
    let major = printed_major(&printed_version(&program)?)?;
    Some((program, major))
}

fn printed_version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// 156 in `Chromium 156.0.8078.79 built on Debian` and in `ChromeDriver 156.0.8078.79 (a21ce95)`.
fn printed_major(text: &str) -> Option<u32> {
    text.split_whitespace().find_map(|word| word.split_once('.')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_browsers_and_drivers_print() {
        assert_eq!(printed_major("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n"), Some(156));
        assert_eq!(printed_major("Google Chrome 140.0.1.2 \n"), Some(140));
        assert_eq!(printed_major("ChromeDriver 156.0.8078.79 (a21ce95c-refs/branch-heads/8078@{#1704})"), Some(156));
        assert_eq!(printed_major("Mozilla Firefox 153.7.0esr\n"), Some(153));
        assert_eq!(printed_major("Mozilla Firefox"), None);
    }
}
