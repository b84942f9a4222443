//! The instructions of a function, one by one: which they are and where they end.
//!
//! <https://webassembly.github.io/spec/core/binary/instructions.html>

use std::ops::Range;

use anyhow::{Context, Result, bail};

use crate::wasm::Reader;

pub(crate) const UNREACHABLE: u8 = 0x00;
pub(crate) const NOP: u8 = 0x01;
pub(crate) const END: u8 = 0x0b;
pub(crate) const CALL: u8 = 0x10;
pub(crate) const DROP: u8 = 0x1a;
pub(crate) const SELECT: u8 = 0x1b;
pub(crate) const LOCAL_GET: u8 = 0x20;
pub(crate) const LOCAL_SET: u8 = 0x21;
pub(crate) const LOCAL_TEE: u8 = 0x22;
pub(crate) const GLOBAL_GET: u8 = 0x23;
pub(crate) const I32_ADD: u8 = 0x6a;
pub(crate) const I32_SUB: u8 = 0x6b;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) opcode: u8,
    /// Of those that name a function or a variable, its number. Of those with two octets, the second.
    pub(crate) number: u32,
    /// Where it is in the function.
    pub(crate) range: Range<usize>,
}

/// The instructions of a function, without the declarations of its variables and without its last `end`.
pub(crate) fn of(body: &[u8]) -> Result<Vec<Instruction>> {
    let mut reader = Reader(body);
    for _ in 0..reader.number()? {
        reader.number()?;
        reader.octet()?;
    }
    let mut instructions = Vec::new();
    while !reader.is_at_end() {
        let start = body.len() - reader.0.len();
        let (opcode, number) = read(&mut reader)?;
        instructions.push(Instruction { opcode, number, range: start..body.len() - reader.0.len() });
    }
    let last = instructions.pop().context("a function has no code")?;
    if last.opcode != END {
        bail!("a function does not end with `end`");
    }
    Ok(instructions)
}

fn read(reader: &mut Reader<'_>) -> Result<(u8, u32)> {
    let opcode = reader.octet()?;
    let mut number = 0;
    match opcode {
        // block, loop and if, with a type; i32.const and i64.const. What is meant by these numbers is not looked at.
        0x02..=0x04 | 0x41 | 0x42 => while reader.octet()? & 0x80 != 0 {},
        // br, br_if, call; those with a variable or a table; ref.null and ref.func.
        0x0c | 0x0d | CALL | LOCAL_GET..=0x26 | 0xd0 | 0xd2 => number = reader.number()?,
        0x0e => {
            for _ in 0..=reader.number()? {
                reader.number()?;
            }
        }
        // call_indirect; those that read or write memory have an alignment and an offset.
        0x11 | 0x28..=0x3e => {
            reader.number()?;
            reader.number()?;
        }
        0x1c => drop(reader.vector()?),
        0x3f | 0x40 => drop(reader.octet()?),
        0x43 => skip(reader, 4)?,
        0x44 => skip(reader, 8)?,
        0xfc => {
            number = reader.number()?;
            let operands = match number {
                0..=7 => 0,
                9 | 11 | 13 | 15..=17 => 1,
                8 | 10 | 12 | 14 => 2,
                _ => bail!("a function has the unknown instruction 0xfc {number}"),
            };
            for _ in 0..operands {
                reader.number()?;
            }
        }
        // Those with nothing behind them.
        0x00 | 0x01 | 0x05 | END | 0x0f | DROP | SELECT | 0x45..=0xc4 | 0xd1 => {}
        _ => bail!("a function has the unknown instruction {opcode:#x}"),
    }
    Ok((opcode, number))
}

fn skip(reader: &mut Reader<'_>, octets: usize) -> Result<()> {
    reader.0 = reader.0.get(octets..).context("a function ends too early")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_ends_where_the_next_one_starts() {
        let code: &[&[u8]] = &[
            &[0x02, 0x40],
            &[0x41, 0x80, 0x80, 0x80, 0x80, 0x78],
            &[0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
            &[0x36, 2, 0x90, 1],
            &[0x0e, 2, 0, 1, 0],
            &[CALL, 0x81, 0x80, 0x80, 0x80, 0],
            &[0x11, 3, 0],
            &[0xfc, 10, 0, 0],
            &[END],
        ];
        // Two variables of one type, and what a function ends with.
        let body = [&[1, 2, 0x7f], code.concat().as_slice(), &[END]].concat();
        let found = of(&body).unwrap();
        assert_eq!(found.iter().map(|found| found.range.len()).sum::<usize>(), code.concat().len());
        assert!(found.iter().zip(code).all(|(found, code)| body.get(found.range.clone()) == Some(code)));
        assert_eq!(found.get(5).map(|call| call.number), Some(1));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(of(&[0, 0xfd, 0, END]).is_err(), "vectors");
        assert!(of(&[0, 0x41]).is_err(), "cut off");
        assert!(of(&[0, NOP]).is_err(), "without an end");
        assert!(of(&[0]).is_err(), "without anything");
    }
}
