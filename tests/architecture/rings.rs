//! Files of one room that import each other in a ring. A module file and its children belong together and may.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{sources, tokens};

/// The path of a module: `["client", "session", "refresh"]`.
type Module = Vec<String>;

#[test]
fn files_of_a_room_do_not_import_each_other_in_a_ring() {
    let sources = sources();
    let files: Vec<(&Path, &str)> = sources.iter().map(|(path, text)| (path.as_path(), text.as_str())).collect();
    let rings = rings(&imports(&files));
    assert!(rings.is_empty(), "{}", rings.join("\n"));
}

/// Each module with the modules that it imports from, re-exports followed to where a name is defined.
pub(crate) fn imports(files: &[(&Path, &str)]) -> BTreeMap<Module, BTreeSet<Module>> {
    let sources: BTreeMap<Module, Source> =
        files.iter().map(|(path, text)| (module(path), Source::read(text))).collect();
    let resolver = Resolver(&sources);
    let mut imports = BTreeMap::new();
    for (module, source) in &sources {
        let named = source.uses.iter().chain(&source.paths);
        let targets: BTreeSet<Module> = named.filter_map(|path| resolver.resolve(module, path, 0)).collect();
        imports.insert(module.clone(), targets);
    }
    imports
}

/// `client/session/mod.rs` is the module `client::session`; `lib.rs` and `main.rs` are the root.
fn module(path: &Path) -> Module {
    let mut module: Module =
        path.with_extension("").iter().filter_map(|part| Some(part.to_str()?.to_owned())).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] || module == ["main"] {
        module.pop();
    }
    module
}

/// The paths that a source names.
struct Source {
    /// Of its `use` items, one for each name. Those that follow are the names they get here.
    uses: Vec<Vec<String>>,
    /// Of everything else.
    paths: Vec<Vec<String>>,
}

impl Source {
    fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let (mut uses, mut paths, mut at) = (Vec::new(), Vec::new(), 0);
        while at < tokens.len() {
            if tokens[at] == "use" {
                let end = tokens[at..].iter().position(|token| token == ";").map_or(tokens.len(), |length| at + length);
                expand(&tokens[at + 1..end], &[], &mut uses);
                at = end;
            } else if tokens.get(at + 1).is_some_and(|next| next == "::") && is_name(&tokens[at]) {
                let mut path = vec![tokens[at].clone()];
                while tokens.get(at + 1).is_some_and(|next| next == "::")
                    && tokens.get(at + 2).is_some_and(|name| is_name(name))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                paths.push(path);
            }
            at += 1;
        }
        Self { uses, paths }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Every path of a `use` item, its groups in braces taken apart.
fn expand(tokens: &[String], before: &[String], found: &mut Vec<Vec<String>>) {
    let (mut path, mut at) = (before.to_vec(), 0);
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                let end = closing(tokens, at);
                for member in members(&tokens[at + 1..end]) {
                    expand(member, &path, found);
                }
                return;
            }
            "as" => break,
            name if is_name(name) => path.push(name.to_owned()),
            _ => {}
        }
        at += 1;
    }
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    found.push(path);
}

fn closing(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The members of a group, split at the commas of its own level.
fn members(tokens: &[String]) -> Vec<&[String]> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                members.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(&tokens[start..]);
    members.retain(|member| !member.is_empty());
    members
}

struct Resolver<'a>(&'a BTreeMap<Module, Source>);

impl Resolver<'_> {
    /// The module in which a path that stands in `module` ends.
    fn resolve(&self, module: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module.split_last()?.1.to_vec(),
            name => {
                let child: Module = module.iter().cloned().chain([name.to_owned()]).collect();
                self.0.contains_key(&child).then_some(child)?
            }
        };
        while rest.first().is_some_and(|next| next == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        while let Some((name, behind)) = rest.split_first() {
            let child: Module = at.iter().cloned().chain([name.clone()]).collect();
            if !self.0.contains_key(&child) {
                break;
            }
            (at, rest) = (child, behind);
        }
        let source = self.0.get(&at)?;
        // A name that the module has from elsewhere. A chain that is longer goes in a circle itself.
        let imported = rest.first().filter(|_| depth < 8).and_then(|name| {
            let import = source.uses.iter().find(|import| import.last() == Some(name) && import.len() > 1)?;
            self.resolve(&at, import, depth + 1)
        });
        Some(imported.unwrap_or(at))
    }
}

/// Each ring of modules of one room, as a sentence.
fn rings(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let arrows: BTreeMap<&Module, Vec<&Module>> = imports
        .iter()
        .map(|(from, targets)| {
            let is_apart = |to: &&Module| !to.starts_with(from) && !from.starts_with(to);
            (from, targets.iter().filter(|to| to.first() == from.first()).filter(is_apart).collect())
        })
        .collect();
    let reaches = |from: &Module| {
        let (mut seen, mut next) = (BTreeSet::new(), arrows.get(from).cloned().unwrap_or_default());
        while let Some(module) = next.pop() {
            if seen.insert(module) {
                next.extend(arrows.get(module).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = arrows.keys().map(|from| (*from, reaches(from))).collect();
    let mut rings = Vec::new();
    for (from, targets) in &arrows {
        for to in targets {
            if reached.get(to).is_some_and(|back| back.contains(from)) {
                rings.push(format!(
                    "{} imports {}, and is imported by it on the way round",
                    from.join("::"),
                    to.join("::")
                ));
            }
        }
    }
    rings
}

fn found(files: &[(&str, &str)]) -> usize {
    let mut all: BTreeMap<&Path, &str> = ["lib.rs", "a/mod.rs", "b/mod.rs"].map(|path| (Path::new(path), "")).into();
    all.extend(files.iter().map(|(path, text)| (Path::new(*path), *text)));
    rings(&imports(&all.into_iter().collect::<Vec<_>>())).len()
}

#[test]
fn a_ring_is_found() {
    assert_eq!(found(&[("a/x.rs", "use super::y::Y;"), ("a/y.rs", "use super::x::X;")]), 2);
    assert_eq!(found(&[("a/x.rs", "use crate::a::y::{Y, Z};"), ("a/y.rs", "fn f() { super::x::g() }")]), 2);
    let of_three = [("a/x.rs", "use super::{y, z::Z};"), ("a/y.rs", "use super::z;"), ("a/z.rs", "use super::x;")];
    assert_eq!(found(&of_three), 4);
}

#[test]
fn a_ring_through_a_name_that_the_module_file_passes_on_is_found() {
    let files = [
        ("a/mod.rs", "mod x; mod y; pub use x::X; use y::{self, Y};"),
        ("a/x.rs", "use super::Y;"),
        ("a/y.rs", "use super::X;"),
    ];
    assert_eq!(found(&files), 2);
}

#[test]
fn a_module_file_and_its_children_are_no_ring_and_neither_are_rooms() {
    assert_eq!(found(&[("a/mod.rs", "use x::X;"), ("a/x.rs", "use super::A;")]), 0);
    assert_eq!(found(&[("a/x.rs", "use super::y::Y;"), ("a/y.rs", "// use super::x::X;")]), 0);
    assert_eq!(found(&[("a/x.rs", "use crate::b::y::Y;"), ("b/y.rs", "use crate::a::x::X;")]), 0);
}
