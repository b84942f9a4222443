//! An object file as the compiler gives it to the linker: functions with the names of their symbols, and for each place
//! in their code that names something else, a relocation.
//!
//! Code is overwritten octet for octet and never moved, so that every offset stays right. The relocations of what was
//! overwritten go: what only they led to is then no longer linked.
//! <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};

use crate::instructions::{NOP, UNREACHABLE};
use crate::wasm::{CODE, FUNCTION, FUNCTIONS, IMPORTS, Module, Reader, TYPES, write_number};

const LINKING: &[u8] = b"linking";
const RELOCATIONS: &[u8] = b"reloc.CODE";

/// The form of the section "linking" that is understood here.
const VERSION: u32 = 2;

/// The part of it with the symbols.
const SYMBOLS: u8 = 8;

/// Kinds of symbols, and flags of theirs.
const SYMBOL_FUNCTION: u8 = 0;
const SYMBOL_DATA: u8 = 1;
const SYMBOL_SECTION: u8 = 3;
const UNDEFINED: u32 = 0x10;
const EXPLICIT_NAME: u32 = 0x40;

/// The kind of an import that is a global variable.
const GLOBAL: u8 = 3;

/// The linker's own variable: where the stack ends now.
const STACK_POINTER: &str = "__stack_pointer";

pub(crate) struct Object {
    module: Module,
    /// The names of the imported functions. They are numbered first.
    pub(crate) imports: Vec<String>,
    /// All other functions.
    pub(crate) functions: Vec<Function>,
    /// The number of the variable that says where the stack ends.
    pub(crate) stack_pointer: Option<u32>,
    relocations: Vec<Relocation>,
    /// The section that the relocations are for, as they write it.
    target: u32,
}

pub(crate) struct Function {
    /// As the compiler has mangled it.
    pub(crate) name: String,
    pub(crate) parameters: u32,
    pub(crate) results: u32,
    /// Where it is in the code.
    pub(crate) body: Range<usize>,
}

struct Relocation {
    /// In the code.
    offset: usize,
    octets: Vec<u8>,
}

impl Object {
    /// None if this is a module, or anything else that is no object file.
    pub(crate) fn parse(octets: &[u8]) -> Result<Option<Self>> {
        let Ok(module) = Module::parse(octets) else { return Ok(None) };
        let (Some(linking), Some(relocations)) = (module.custom(LINKING), module.custom(RELOCATIONS)) else {
            return Ok(None);
        };
        let (imports, stack_pointer) = imports(module.section(IMPORTS))?;
        let mut names = function_names(linking)?;
        let types = types(module.section(TYPES))?;
        let mut reader = Reader(module.section(FUNCTIONS));
        let mut signatures = (0..reader.number()?).map(|_| reader.number()).collect::<Result<Vec<u32>>>()?.into_iter();

        let code = module.section(CODE);
        let mut reader = Reader(code);
        let mut functions = Vec::new();
        for index in 0..reader.number()? {
            let body = reader.vector()?;
            let end = code.len() - reader.0.len();
            let signature = signatures.next().context("there is more code than there are functions")?;
            let (parameters, results) = *types.get(usize::try_from(signature)?).context("a function has no type")?;
            let name = names.remove(&(u32::try_from(imports.len())? + index)).unwrap_or_default();
            functions.push(Function { name, parameters, results, body: end - body.len()..end });
        }
        let (target, relocations) = self::relocations(relocations)?;
        Ok(Some(Self { imports, functions, stack_pointer, relocations, target, module }))
    }

    pub(crate) fn code(&self, range: Range<usize>) -> &[u8] {
        self.module.section(CODE).get(range).unwrap_or_default()
    }

    /// Makes a trap of a piece of code. It has to be whole instructions that no branch leads into.
    pub(crate) fn trap(&mut self, range: Range<usize>) -> Result<()> {
        let code = self.module.section_mut(CODE).and_then(|code| code.get_mut(range.clone()));
        let (first, rest) = code.and_then(<[u8]>::split_first_mut).context("there is no such code")?;
        *first = UNREACHABLE;
        rest.fill(NOP);
        self.relocations.retain(|relocation| !range.contains(&relocation.offset));
        Ok(())
    }

    pub(crate) fn to_octets(&self) -> Result<Vec<u8>> {
        let mut rest = Vec::new();
        write_number(&mut rest, self.target);
        write_number(&mut rest, u32::try_from(self.relocations.len())?);
        for relocation in &self.relocations {
            rest.extend_from_slice(&relocation.octets);
        }
        let mut module = self.module.clone();
        module.set_custom(RELOCATIONS, &rest)?;
        module.to_octets()
    }
}

/// The names of the imported functions, and the number of the stack pointer.
fn imports(section: &[u8]) -> Result<(Vec<String>, Option<u32>)> {
    let (mut functions, mut globals, mut stack_pointer) = (Vec::new(), 0, None);
    let mut reader = Reader(section);
    let count = if section.is_empty() { 0 } else { reader.number()? };
    for _ in 0..count {
        let (_, name) = (reader.vector()?, reader.name()?);
        match reader.octet()? {
            FUNCTION => {
                reader.number()?;
                functions.push(name);
            }
            GLOBAL => {
                reader.octet()?;
                reader.octet()?;
                if name == STACK_POINTER {
                    stack_pointer = Some(globals);
                }
                globals += 1;
            }
            // A table, which has a type before its limits, or a memory.
            kind @ (1 | 2) => {
                if kind == 1 {
                    reader.octet()?;
                }
                let has_maximum = reader.octet()? & 1 == 1;
                reader.number()?;
                if has_maximum {
                    reader.number()?;
                }
            }
            kind => bail!("the import {name} is of the unknown kind {kind}"),
        }
    }
    Ok((functions, stack_pointer))
}

/// How many parameters and how many results each type has.
fn types(section: &[u8]) -> Result<Vec<(u32, u32)>> {
    const OF_A_FUNCTION: u8 = 0x60;
    let mut reader = Reader(section);
    let count = reader.number()?;
    let read = |_| {
        if reader.octet()? != OF_A_FUNCTION {
            bail!("a type is not that of a function");
        }
        Ok((u32::try_from(reader.vector()?.len())?, u32::try_from(reader.vector()?.len())?))
    };
    (0..count).map(read).collect()
}

fn function_names(linking: &[u8]) -> Result<BTreeMap<u32, String>> {
    let mut names = BTreeMap::new();
    let mut reader = Reader(linking);
    if reader.number()? != VERSION {
        bail!("the object file is of another version than {VERSION}");
    }
    while !reader.is_at_end() {
        let part = reader.octet()?;
        let mut reader = Reader(reader.vector()?);
        if part != SYMBOLS {
            continue;
        }
        for _ in 0..reader.number()? {
            let (kind, flags) = (reader.octet()?, reader.number()?);
            let is_undefined = flags & UNDEFINED != 0;
            match kind {
                SYMBOL_DATA => {
                    reader.vector()?;
                    for _ in 0..if is_undefined { 0 } else { 3 } {
                        reader.number()?;
                    }
                }
                SYMBOL_SECTION => drop(reader.number()?),
                _ => {
                    let index = reader.number()?;
                    // One that is undefined is called as its import is.
                    if !is_undefined || flags & EXPLICIT_NAME != 0 {
                        let name = reader.name()?;
                        if kind == SYMBOL_FUNCTION {
                            names.insert(index, name);
                        }
                    }
                }
            }
        }
    }
    Ok(names)
}

fn relocations(section: &[u8]) -> Result<(u32, Vec<Relocation>)> {
    let mut reader = Reader(section);
    let target = reader.number()?;
    let mut relocations = Vec::new();
    for _ in 0..reader.number()? {
        let start = reader.0;
        let kind = reader.octet()?;
        let offset = usize::try_from(reader.number()?)?;
        reader.number()?;
        match kind {
            // Of functions, types, globals, tables and tags.
            0..=2 | 6 | 7 | 10 | 12 | 13 | 18..=20 | 26 => {}
            // Of addresses, to which something is added. It can be negative, and nobody here wants to know it.
            3..=5 | 8 | 9 | 11 | 14..=17 | 21..=25 => while reader.octet()? & 0x80 != 0 {},
            kind => bail!("there is a relocation of the unknown kind {kind}"),
        }
        let octets = start.get(..start.len() - reader.0.len()).unwrap_or_default().to_vec();
        relocations.push(Relocation { offset, octets });
    }
    if !reader.is_at_end() {
        bail!("there are more relocations than the object file says");
    }
    Ok((target, relocations))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::wasm::write_vector;

    /// A function without parameters for an object file by hand, and where in it relocations are.
    pub(crate) struct Part<'a> {
        pub(crate) name: &'a str,
        pub(crate) results: u8,
        pub(crate) body: &'a [u8],
        pub(crate) relocations: &'a [usize],
    }

    fn section(octets: &mut Vec<u8>, number: u8, content: &[u8]) {
        octets.push(number);
        write_vector(octets, content).unwrap();
    }

    /// It imports the stack pointer and one function with the given name.
    pub(crate) fn object(import: &str, parts: &[Part<'_>]) -> Vec<u8> {
        let count = u8::try_from(parts.len()).unwrap();
        let mut octets = b"\0asm\x01\0\0\0".to_vec();
        section(&mut octets, TYPES, &[2, 0x60, 0, 0, 0x60, 0, 1, 0x7f]);
        let mut imports = vec![2];
        for (name, what) in [(STACK_POINTER, [GLOBAL, 0x7f, 1].as_slice()), (import, &[FUNCTION, 0])] {
            write_vector(&mut imports, b"env").unwrap();
            write_vector(&mut imports, name.as_bytes()).unwrap();
            imports.extend_from_slice(what);
        }
        section(&mut octets, IMPORTS, &imports);
        let signatures: Vec<u8> = parts.iter().map(|part| part.results).collect();
        section(&mut octets, FUNCTIONS, &[&[count], signatures.as_slice()].concat());

        let (mut code, mut relocations, mut symbols) = (vec![count], Vec::new(), vec![count + 1]);
        // The import is undefined, and has no name of its own.
        symbols.extend([SYMBOL_FUNCTION, 0x10, 0]);
        for (index, part) in (1..).zip(parts) {
            write_vector(&mut code, part.body).unwrap();
            let start = code.len() - part.body.len();
            relocations.extend(part.relocations.iter().map(|offset| u8::try_from(start + offset).unwrap()));
            symbols.extend([SYMBOL_FUNCTION, 0, index]);
            write_vector(&mut symbols, part.name.as_bytes()).unwrap();
        }
        section(&mut octets, CODE, &code);
        let mut linking = vec![7];
        linking.extend_from_slice(LINKING);
        linking.extend([2, SYMBOLS]);
        write_vector(&mut linking, &symbols).unwrap();
        section(&mut octets, 0, &linking);
        let mut list = vec![10];
        list.extend_from_slice(RELOCATIONS);
        list.extend([3, u8::try_from(relocations.len()).unwrap()]);
        // Each of a function's number.
        list.extend(relocations.into_iter().flat_map(|offset| [0, offset, 0]));
        section(&mut octets, 0, &list);
        octets
    }

    #[test]
    fn an_object_file_comes_back_octet_for_octet() {
        let body = [0, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x0b];
        let octets = object("f", &[Part { name: "g", results: 1, body: &body, relocations: &[2] }]);
        let object = Object::parse(&octets).unwrap().unwrap();
        assert_eq!(object.imports, ["f"]);
        assert_eq!(object.stack_pointer, Some(0));
        let function = object.functions.first().unwrap();
        assert_eq!((function.name.as_str(), function.parameters, function.results), ("g", 0, 1));
        assert_eq!(object.code(function.body.clone()), body);
        assert_eq!(object.to_octets().unwrap(), octets);
    }

    #[test]
    fn code_becomes_a_trap_of_the_same_length_and_loses_its_relocations_only() {
        let body = [0, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x0b];
        let octets = object("f", &[Part { name: "g", results: 0, body: &body, relocations: &[2, 8] }]);
        let mut object = Object::parse(&octets).unwrap().unwrap();
        let body = object.functions.first().unwrap().body.clone();
        object.trap(body.start + 1..body.start + 7).unwrap();
        assert_eq!(object.code(body.clone()), [0, 0, 1, 1, 1, 1, 1, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x0b]);
        let left: Vec<usize> = object.relocations.iter().map(|relocation| relocation.offset).collect();
        assert_eq!(left, [body.start + 8]);
        let again = Object::parse(&object.to_octets().unwrap()).unwrap().unwrap();
        assert_eq!(again.relocations.len(), 1);
        assert!(object.trap(body.start..body.end + 1).is_err(), "past the end of the code");
    }

    #[test]
    fn what_is_no_object_file_is_none() {
        assert!(Object::parse(b"!<arch>\n").unwrap().is_none());
        assert!(Object::parse(b"\0asm\x01\0\0\0").unwrap().is_none());
    }
}
