//! The outer shape of a WebAssembly module: its sections, and the names in its imports and exports.
//!
//! What is not understood is an error, and what is not asked for is copied as it is.
//! <https://webassembly.github.io/spec/core/binary/modules.html>

use anyhow::{Context, Result, bail};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// What a section's number means. Custom sections have the number 0 and can come more than once.
const SECTIONS: &[&str] = &[
    "custom",
    "types",
    "imports",
    "functions",
    "tables",
    "memories",
    "globals",
    "exports",
    "start",
    "elements",
    "code",
    "data",
    "data count",
    "tags",
];

pub(crate) const CUSTOM: u8 = 0;
pub(crate) const TYPES: u8 = 1;
pub(crate) const IMPORTS: u8 = 2;
pub(crate) const FUNCTIONS: u8 = 3;
const EXPORTS: u8 = 7;
pub(crate) const CODE: u8 = 10;

/// The custom section with names.
const NAMES: &[u8] = b"name";

/// Its part that names functions.
const FUNCTION_NAMES: u8 = 1;

/// The kind of an import that is a function. wasm-bindgen makes no others.
pub(crate) const FUNCTION: u8 = 0;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    number: u8,
    pub(crate) content: Vec<u8>,
}

/// An imported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    signature: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub(crate) name: String,
    kind: u8,
    index: u32,
}

impl Section {
    pub(crate) fn title(&self) -> &'static str {
        SECTIONS.get(usize::from(self.number)).copied().unwrap_or("unknown")
    }

    fn custom(&self, name: &[u8]) -> Option<&[u8]> {
        let mut reader = Reader(&self.content);
        (self.number == CUSTOM && reader.vector().ok() == Some(name)).then_some(reader.0)
    }
}

impl Module {
    pub(crate) fn parse(octets: &[u8]) -> Result<Self> {
        let body = octets.strip_prefix(HEADER).context("this is no WebAssembly module of version 1")?;
        let mut reader = Reader(body);
        let mut sections: Vec<Section> = Vec::new();
        while !reader.is_at_end() {
            let number = reader.octet()?;
            let content = reader.vector()?.to_vec();
            let section = Section { number, content };
            if usize::from(number) >= SECTIONS.len() {
                bail!("the module has a section of the unknown number {number}");
            }
            if number != 0 && sections.iter().any(|other| other.number == number) {
                bail!("the module has two sections of {}", section.title());
            }
            sections.push(section);
        }
        Ok(Self { sections })
    }

    pub(crate) fn to_octets(&self) -> Result<Vec<u8>> {
        let mut octets = HEADER.to_vec();
        for section in &self.sections {
            octets.push(section.number);
            write_vector(&mut octets, &section.content)?;
        }
        Ok(octets)
    }

    pub(crate) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// What a section of this number has in it, or nothing where there is none.
    pub(crate) fn section(&self, number: u8) -> &[u8] {
        self.sections.iter().find(|section| section.number == number).map_or(&[], |section| &section.content)
    }

    pub(crate) fn section_mut(&mut self, number: u8) -> Option<&mut Vec<u8>> {
        self.sections.iter_mut().find(|section| section.number == number).map(|section| &mut section.content)
    }

    /// What follows the name of a custom section.
    pub(crate) fn custom(&self, name: &[u8]) -> Option<&[u8]> {
        self.sections.iter().find_map(|section| section.custom(name))
    }

    pub(crate) fn set_custom(&mut self, name: &[u8], rest: &[u8]) -> Result<()> {
        let section = self.sections.iter_mut().find(|section| section.custom(name).is_some());
        let section = section.context("a custom section that is not there cannot be changed")?;
        section.content.clear();
        write_vector(&mut section.content, name)?;
        section.content.extend_from_slice(rest);
        Ok(())
    }

    /// Custom sections speak to tools; a browser passes over them.
    pub(crate) fn drop_custom_sections(&mut self) {
        self.sections.retain(|section| section.number != 0);
    }

    pub(crate) fn imports(&self) -> Result<Vec<Import>> {
        self.entries(IMPORTS, |reader| {
            let (module, name) = (reader.name()?, reader.name()?);
            match reader.octet()? {
                FUNCTION => Ok(Import { module, name, signature: reader.number()? }),
                kind => bail!("the import {name} is no function but of the kind {kind}"),
            }
        })
    }

    pub(crate) fn set_imports(&mut self, imports: &[Import]) -> Result<()> {
        self.set_entries(IMPORTS, imports, |octets, import| {
            write_vector(octets, import.module.as_bytes())?;
            write_vector(octets, import.name.as_bytes())?;
            octets.push(FUNCTION);
            write_number(octets, import.signature);
            Ok(())
        })
    }

    pub(crate) fn exports(&self) -> Result<Vec<Export>> {
        self.entries(EXPORTS, |reader| {
            Ok(Export { name: reader.name()?, kind: reader.octet()?, index: reader.number()? })
        })
    }

    pub(crate) fn set_exports(&mut self, exports: &[Export]) -> Result<()> {
        self.set_entries(EXPORTS, exports, |octets, export| {
            write_vector(octets, export.name.as_bytes())?;
            octets.push(export.kind);
            write_number(octets, export.index);
            Ok(())
        })
    }

    /// The body of every function that is not imported.
    pub(crate) fn functions(&self) -> Result<Vec<&[u8]>> {
        let section = self.sections.iter().find(|section| section.number == CODE).context("the module has no code")?;
        let mut reader = Reader(&section.content);
        (0..reader.number()?).map(|_| reader.vector()).collect()
    }

    /// Names every function that is not imported, for tools that sort by name. Other such names are dropped.
    pub(crate) fn name_functions(&mut self, names: &[String]) -> Result<()> {
        let mut list = Vec::new();
        write_number(&mut list, u32::try_from(names.len())?);
        // Imports are numbered first.
        for (index, name) in (u32::try_from(self.imports()?.len())?..).zip(names) {
            write_number(&mut list, index);
            write_vector(&mut list, name.as_bytes())?;
        }
        let mut content = Vec::new();
        write_vector(&mut content, NAMES)?;
        content.push(FUNCTION_NAMES);
        write_vector(&mut content, &list)?;
        self.sections.retain(|section| section.number != 0 || Reader(&section.content).vector().ok() != Some(NAMES));
        self.sections.push(Section { number: 0, content });
        Ok(())
    }

    fn entries<T>(&self, number: u8, read: impl Fn(&mut Reader<'_>) -> Result<T>) -> Result<Vec<T>> {
        let Some(section) = self.sections.iter().find(|section| section.number == number) else {
            return Ok(Vec::new());
        };
        let mut reader = Reader(&section.content);
        let count = reader.number()?;
        let entries = (0..count).map(|_| read(&mut reader)).collect::<Result<Vec<T>>>()?;
        if !reader.is_at_end() {
            bail!("there is more in the module's {} than it says", section.title());
        }
        Ok(entries)
    }

    fn set_entries<T>(
        &mut self,
        number: u8,
        entries: &[T],
        write: impl Fn(&mut Vec<u8>, &T) -> Result<()>,
    ) -> Result<()> {
        let section = self.sections.iter_mut().find(|section| section.number == number);
        let section = section.context("a module without such a section cannot be given one")?;
        let mut content = Vec::new();
        write_number(&mut content, u32::try_from(entries.len())?);
        for entry in entries {
            write(&mut content, entry)?;
        }
        section.content = content;
        Ok(())
    }
}

/// Takes what it reads off the front.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn octet(&mut self) -> Result<u8> {
        let (first, rest) = self.0.split_first().context("the module ends too early")?;
        self.0 = rest;
        Ok(*first)
    }

    /// LEB128: seven bits in each octet, the lowest first; the eighth says that there are more.
    pub(crate) fn number(&mut self) -> Result<u32> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let octet = self.octet()?;
            number |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return u32::try_from(number).context("a number in the module is too large");
            }
        }
        bail!("a number in the module is too long")
    }

    pub(crate) fn vector(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?)?;
        let (vector, rest) = self.0.split_at_checked(length).context("the module ends too early")?;
        self.0 = rest;
        Ok(vector)
    }

    pub(crate) fn name(&mut self) -> Result<String> {
        Ok(str::from_utf8(self.vector()?).context("a name in the module is no UTF-8")?.to_owned())
    }
}

pub(crate) fn write_number(octets: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        octets.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    octets.push(number.to_le_bytes()[0]);
}

pub(crate) fn write_vector(octets: &mut Vec<u8>, vector: &[u8]) -> Result<()> {
    write_number(octets, u32::try_from(vector.len())?);
    octets.extend_from_slice(vector);
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A module that imports functions of the type `() -> ()` and exports each of them again.
    pub(crate) fn module(imports: &[(&str, &str)], exports: &[&str]) -> Module {
        // One type, without parameters and results.
        let mut octets = [HEADER, &[1, 4, 1, 0x60, 0, 0], &[IMPORTS, 1, 0], &[EXPORTS, 1, 0]].concat();
        octets.extend([0, 5, 4, b'n', b'o', b't', b'e']);
        let mut module = Module::parse(&octets).unwrap();
        let imports: Vec<Import> = imports
            .iter()
            .map(|(module, name)| Import { module: (*module).to_owned(), name: (*name).to_owned(), signature: 0 })
            .collect();
        module.set_imports(&imports).unwrap();
        let exports: Vec<Export> = (0..)
            .zip(exports)
            .map(|(index, name)| Export { name: (*name).to_owned(), kind: FUNCTION, index })
            .collect();
        module.set_exports(&exports).unwrap();
        module
    }

    #[test]
    fn a_module_by_hand_is_read_and_written_octet_for_octet() {
        let octets = [
            HEADER,
            &[1, 4, 1, 0x60, 0, 0],
            &[2, 8, 1, 1, b'm', 2, b'f', b'n', 0, 0],
            &[7, 5, 1, 1, b'e', 0, 0],
            &[0, 5, 4, b'n', b'o', b't', b'e'],
        ]
        .concat();
        let mut module = Module::parse(&octets).unwrap();
        let titles: Vec<&str> = module.sections().iter().map(Section::title).collect();
        assert_eq!(titles, ["types", "imports", "exports", "custom"]);
        let imports = module.imports().unwrap();
        assert_eq!(imports, [Import { module: "m".to_owned(), name: "fn".to_owned(), signature: 0 }]);
        let exports = module.exports().unwrap();
        assert_eq!(exports, [Export { name: "e".to_owned(), kind: FUNCTION, index: 0 }]);
        module.set_imports(&imports).unwrap();
        module.set_exports(&exports).unwrap();
        assert_eq!(module.to_octets().unwrap(), octets);
        module.drop_custom_sections();
        assert_eq!(
            Some(module.to_octets().unwrap().as_slice()),
            octets.strip_suffix(&[0, 5, 4, b'n', b'o', b't', b'e'])
        );
    }

    #[test]
    fn functions_are_found_and_named_after_the_imports() {
        let mut module = module(&[("a", "b"), ("a", "c")], &[]);
        module.sections.insert(3, Section { number: CODE, content: vec![2, 2, 0, 0x0b, 3, 0, 1, 0x0b] });
        let bodies: [&[u8]; 2] = [&[0, 0x0b], &[0, 1, 0x0b]];
        assert_eq!(module.functions().unwrap(), bodies);
        for _ in 0..2 {
            module.name_functions(&["x".to_owned(), "y".to_owned()]).unwrap();
        }
        let names = [4, b'n', b'a', b'm', b'e', 1, 7, 2, 2, 1, b'x', 3, 1, b'y'];
        assert_eq!(module.sections.iter().filter(|section| section.content == names).count(), 1);
        assert!(Module::parse(HEADER).unwrap().functions().is_err());
    }

    #[test]
    fn numbers_of_every_length_come_back() {
        for number in [0, 1, 127, 128, 300, 16_383, 16_384, 2_097_152, 268_435_456, u32::MAX] {
            let mut octets = Vec::new();
            write_number(&mut octets, number);
            let mut reader = Reader(&octets);
            assert_eq!(reader.number().unwrap(), number);
            assert!(reader.is_at_end());
        }
        // As a linker pads them.
        assert_eq!(Reader(&[0x83, 0x80, 0x80, 0x80, 0]).number().unwrap(), 3);
    }

    #[test]
    fn numbers_past_32_bits_are_errors() {
        assert!(Reader(&[0xff, 0xff, 0xff, 0xff, 0x7f]).number().is_err());
        assert!(Reader(&[0x80, 0x80, 0x80, 0x80, 0x80, 0]).number().is_err());
        assert!(Reader(&[0x80]).number().is_err());
    }

    #[test]
    fn a_module_of_another_shape_is_an_error() {
        assert!(Module::parse(b"\0asm\x0d\0\x01\0").is_err(), "a component");
        assert!(Module::parse(&[HEADER, &[1, 9, 0]].concat()).is_err(), "cut off");
        assert!(Module::parse(&[HEADER, &[99, 0]].concat()).is_err(), "an unknown section");
        assert!(Module::parse(&[HEADER, &[2, 1, 0], &[2, 1, 0]].concat()).is_err(), "a section twice");
        let memory = [HEADER, &[2, 8, 1, 1, b'm', 1, b'n', 2, 0, 1]].concat();
        assert!(Module::parse(&memory).unwrap().imports().is_err(), "an imported memory");
        let longer = [HEADER, &[7, 2, 0, 0]].concat();
        assert!(Module::parse(&longer).unwrap().exports().is_err(), "more than the count says");
    }

    #[test]
    fn a_section_that_is_not_there_has_no_entries_and_takes_none() {
        let mut module = Module::parse(HEADER).unwrap();
        assert!(module.imports().unwrap().is_empty());
        assert!(module.set_imports(&[]).is_err());
    }
}
