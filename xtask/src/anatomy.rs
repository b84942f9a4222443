//! `cargo xtask size --detail`: what the WebAssembly modules of `dist/` are made of.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::size::gzip_size;
use crate::wasm::Module;

/// Prints each module's sections. Each is compressed by itself, so their sum is not what the whole compresses to.
pub(crate) fn print(dist: &Path) -> Result<()> {
    let mut paths = fs::read_dir(dist)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    paths.sort();
    for path in paths {
        let octets = fs::read(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!("\n{name:<52} {:>10} {:>10}", octets.len(), gzip_size(&octets)?);
        for part in parts(&octets).with_context(|| format!("{} cannot be read", path.display()))? {
            println!("  {:<50} {:>10} {:>10}", part.title, part.octets, part.compressed);
        }
    }
    Ok(())
}

struct Part {
    title: String,
    octets: usize,
    compressed: u64,
}

fn parts(octets: &[u8]) -> Result<Vec<Part>> {
    let module = Module::parse(octets)?;
    let mut parts = Vec::new();
    for section in module.sections() {
        let title = match section.title() {
            title @ "imports" => format!("{title} ({})", module.imports()?.len()),
            title @ "exports" => format!("{title} ({})", module.exports()?.len()),
            title => title.to_owned(),
        };
        parts.push(Part { title, octets: section.content.len(), compressed: gzip_size(&section.content)? });
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.octets));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::tests::module;

    #[test]
    fn parts_come_with_their_weight_and_the_heaviest_first() {
        let octets = module(&[("./app_bg.js", "__wbg_log_0123456789abcdef")], &["memory"]).to_octets().unwrap();
        let parts = parts(&octets).unwrap();
        let titles: Vec<&str> = parts.iter().map(|part| part.title.as_str()).collect();
        assert_eq!(titles, ["imports (1)", "exports (1)", "custom", "types"]);
        assert_eq!(parts.first().map(|part| part.octets), Some(42));
    }
}
