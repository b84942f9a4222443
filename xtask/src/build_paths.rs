//! Keeps the building machine's directories out of what is published. A panic names the source file it is in, which for a
//! dependency is a path in the user's home; [`crate::release`] builds without, and this looks whether it did.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Fails if a file in a directory names the home directory of whoever builds it.
pub(crate) fn forbid_in(dir: &Path) -> Result<()> {
    let Some(home) = env::home_dir().and_then(|home| prefix(&home)) else {
        return Ok(());
    };
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_file()
            && let Some(found) = found_path(&fs::read(&path)?, &home)
        {
            bail!(
                "{} would tell everyone of this machine's directory {found}: build it with `cargo xtask dist`",
                path.display()
            );
        }
    }
    Ok(())
}

/// How paths in the home directory start. None where it is the root of all paths.
fn prefix(home: &Path) -> Option<String> {
    home.file_name()?;
    Some(format!("{}{}", home.to_str()?.trim_end_matches(['/', '\\']), std::path::MAIN_SEPARATOR))
}

/// The first path that starts like this, up to where it surely has ended.
fn found_path(content: &[u8], prefix: &str) -> Option<String> {
    let at = content.windows(prefix.len()).position(|window| window == prefix.as_bytes())?;
    let path = content.iter().skip(at).take(80).take_while(|octet| octet.is_ascii_graphic());
    Some(path.map(|octet| char::from(*octet)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_home_directory_is_found_in_any_octets() {
        let home = prefix(Path::new("/home/jo")).unwrap();
        let content = b"\0\xffpanicked at/home/jo/.cargo/registry/lib.rs\0more";
        assert_eq!(found_path(content, &home).as_deref(), Some("/home/jo/.cargo/registry/lib.rs"));
        assert_eq!(found_path(b"/home/john/x", &home), None);
        assert_eq!(prefix(Path::new("/")), None);
    }
}
