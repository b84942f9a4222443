//! A stock Firefox, for the tests that show that the app is not made for one browser alone.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::browser::{apt_install, may_install, with_major};
use crate::run;

/// Names under which Firefox is installed. The ESR comes first: where both are, it changes less often.
const FIREFOXES: &[&str] = &["firefox-esr", "firefox"];

/// Where macOS keeps it, outside of PATH.
const MAC_FIREFOX: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";

/// The oldest major version in which the tests were run. WebDriver BiDi grew with each version before it.
const OLDEST: u32 = 153;

#[derive(Debug)]
pub(crate) struct Firefox {
    pub(crate) program: PathBuf,
}

impl Firefox {
    /// Finds one, or installs it where this user can.
    pub(crate) fn prepare() -> Result<Self> {
        if let Some(firefox) = Self::find() {
            return Ok(firefox);
        }
        if may_install() {
            eprintln!("Installing Firefox with apt-get ...");
            if let Err(error) = apt_install(&["firefox-esr"]) {
                eprintln!("  {error:#}");
            }
            if let Some(firefox) = Self::find() {
                return Ok(firefox);
            }
        }
        bail!(
            "no Firefox {OLDEST} or newer was found. Install it (Debian: the package firefox-esr; elsewhere from your system's \
             packages or from Mozilla), or set FIREFOX to its path."
        );
    }

    /// What the user names goes before PATH.
    fn find() -> Option<Self> {
        let named = env::var_os("FIREFOX").map(PathBuf::from);
        let on_path = FIREFOXES.iter().flat_map(|name| run::all_on_path(name));
        let on_mac = Some(PathBuf::from(MAC_FIREFOX)).filter(|path| path.is_file());
        let all = named.into_iter().chain(on_path).chain(on_mac);
        let (program, _) = all.filter_map(with_major).find(|(_, major)| *major >= OLDEST)?;
        Some(Self { program })
    }
}
