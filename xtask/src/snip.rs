//! Takes out of an object file, before it is linked, what only tells of a panic.
//!
//! A panic ends in a trap here, whatever it has to say before, and nobody hears that: a published app installs no hook.
//! So each call that starts one becomes the trap itself, with all that only makes its message. What no code leads to any
//! more (formatting, messages, the names of source files) is then left out by the linker. No check goes: whatever panicked
//! before still ends the same way and at the same place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::Result;

use crate::instructions::{
    self, CALL, DROP, END, GLOBAL_GET, I32_ADD, I32_SUB, Instruction, LOCAL_GET, LOCAL_SET, LOCAL_TEE, NOP, SELECT,
    UNREACHABLE,
};
use crate::object::{Function, Object};

/// Parts of the names of functions that only tell of a panic, as the compiler writes them (both of its ways agree in these
/// parts). Such a function also has to be without a result and end with a trap, see [`is_messenger`].
const MESSENGERS: &[&str] = &[
    "4core9panicking",
    "4core6option13expect_failed",
    "4core6option13unwrap_failed",
    "4core6result13unwrap_failed",
    "4core4cell22panic_already_borrowed",
    "4core4cell30panic_already_mutably_borrowed",
    "4cell4lazy14panic_poisoned",
    "16slice_index_fail",
    "16slice_error_fail",
    "17len_mismatch_fail",
    "5alloc7raw_vec12handle_error",
    "5alloc7raw_vec17capacity_overflow",
    "Fallibility17capacity_overflow",
    "18handle_alloc_error",
    "3std9panicking",
    "5local18panic_access_error",
    "rust_begin_unwind",
    "10rust_panic",
    "12wasm_bindgen9throw_str",
    "12wasm_bindgen4__rt10throw_null",
    "12wasm_bindgen4__rt11borrow_fail",
];

/// Classes that wasm-streams, which comes with Leptos, exports to scripts whether or not the app makes objects of them.
const STREAMS: &[&str] = &["intounderlyingsource", "intounderlyingbytesource", "intounderlyingsink"];

/// The object file without the messages, or none if it is no object file.
pub(crate) fn snip(octets: &[u8]) -> Result<Option<Vec<u8>>> {
    let Some(mut object) = Object::parse(octets)? else { return Ok(None) };
    let unused: Vec<&str> = STREAMS.iter().copied().filter(|class| !is_made(&object, class)).collect();
    let (mut traps, mut messengers) = (Vec::new(), BTreeSet::new());
    for (index, function) in (u32::try_from(object.imports.len())?..).zip(&object.functions) {
        let is_messenger = is_messenger(function, object.code(function.body.clone()));
        if is_messenger {
            messengers.insert(index);
        }
        if is_messenger || unused.iter().any(|class| is_method(&function.name, class)) {
            traps.extend(inside(function, object.code(function.body.clone()))?);
        }
    }
    for function in &object.functions {
        let code = instructions::of(object.code(function.body.clone()))?;
        let ends = endings(&code, &messengers, object.stack_pointer, function.parameters);
        traps.extend(ends.into_iter().map(|end| function.body.start + end.start..function.body.start + end.end));
    }
    for trap in traps {
        object.trap(trap)?;
    }
    object.to_octets().map(Some)
}

/// Whether a function only tells of a panic: it is called like one of them, and it never comes back.
fn is_messenger(function: &Function, body: &[u8]) -> bool {
    function.results == 0
        && body.ends_with(&[UNREACHABLE, END])
        && MESSENGERS.iter().any(|part| function.name.contains(part))
}

/// Whether the code itself makes objects of a class: wasm-bindgen gives it an import for that.
fn is_made(object: &Object, class: &str) -> bool {
    object.imports.iter().any(|name| name.starts_with(&format!("__wbg_{class}_new")))
}

fn is_method(name: &str, class: &str) -> bool {
    name.strip_prefix(class).is_some_and(|rest| rest.starts_with('_'))
}

/// All instructions of a function.
fn inside(function: &Function, body: &[u8]) -> Result<Option<Range<usize>>> {
    let code = instructions::of(body)?;
    let (Some(first), Some(last)) = (code.first(), code.last()) else { return Ok(None) };
    Ok(Some(function.body.start + first.range.start..function.body.start + last.range.end))
}

/// A value that an instruction leaves for a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// An address in this function's part of the stack, which nobody reads once the function has trapped.
    Frame,
    Number,
    Other,
}

/// The calls of messengers, each with what comes before it and does nothing but prepare it.
fn endings(
    code: &[Instruction],
    messengers: &BTreeSet<u32>,
    stack_pointer: Option<u32>,
    parameters: u32,
) -> Vec<Range<usize>> {
    let mut walk = Walk { stack_pointer, ..Walk::default() };
    for instruction in code {
        walk.step(instruction);
    }
    // What is a frame's address at its one assignment is one everywhere.
    let is_frame =
        |(local, values): (u32, Vec<Value>)| (local >= parameters && values == [Value::Frame]).then_some(local);
    let frames = std::mem::take(&mut walk.assigned).into_iter().filter_map(is_frame).collect();
    let mut walk = Walk { stack_pointer, frames, ..Walk::default() };
    let mut endings = Vec::new();
    for instruction in code {
        let start = walk.start.unwrap_or(instruction.range.start);
        if instruction.opcode == CALL && messengers.contains(&instruction.number) {
            endings.push(start..instruction.range.end);
        }
        walk.step(instruction);
    }
    endings
}

/// Goes through code and knows which instructions in a row, up to here, would leave no trace after a trap.
#[derive(Default)]
struct Walk {
    stack_pointer: Option<u32>,
    /// Variables with an address in the frame.
    frames: BTreeSet<u32>,
    /// What was assigned to each variable.
    assigned: BTreeMap<u32, Vec<Value>>,
    /// Where the row starts.
    start: Option<usize>,
    /// What it has left on the stack of operands.
    stack: Vec<Value>,
}

impl Walk {
    fn step(&mut self, instruction: &Instruction) {
        if self.is_traceless(instruction) {
            self.start.get_or_insert(instruction.range.start);
        } else {
            self.start = None;
            self.stack.clear();
        }
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::Other)
    }

    /// Plays the instruction. Loads and divisions may trap themselves, which is what comes anyway.
    fn is_traceless(&mut self, instruction: &Instruction) -> bool {
        let number = instruction.number;
        match instruction.opcode {
            NOP => {}
            LOCAL_GET => {
                let is_frame = self.frames.contains(&number);
                self.stack.push(if is_frame { Value::Frame } else { Value::Other });
            }
            LOCAL_SET | LOCAL_TEE => {
                let value = self.pop();
                self.assigned.entry(number).or_default().push(value);
                if instruction.opcode == LOCAL_TEE {
                    self.stack.push(value);
                }
            }
            GLOBAL_GET => {
                let is_frame = self.stack_pointer == Some(number);
                self.stack.push(if is_frame { Value::Frame } else { Value::Other });
            }
            // Constants.
            0x41..=0x44 => self.stack.push(Value::Number),
            I32_ADD | I32_SUB => {
                let (right, left) = (self.pop(), self.pop());
                let is_frame = (left, right) == (Value::Frame, Value::Number)
                    || (instruction.opcode == I32_ADD && (left, right) == (Value::Number, Value::Frame));
                self.stack.push(if is_frame { Value::Frame } else { Value::Other });
            }
            // Stores.
            0x36..=0x3e => {
                let _ = self.pop();
                return self.pop() == Value::Frame;
            }
            DROP => drop(self.pop()),
            SELECT => self.compute(3),
            // The size of the memory.
            0x3f => self.compute(0),
            // Loads; tests for zero, what counts bits, and all that makes one number from one.
            0x28..=0x35 | 0x45 | 0x50 | 0x67..=0x69 | 0x79..=0x7b | 0x8b..=0x91 | 0x99..=0x9f | 0xa7..=0xc4 => {
                self.compute(1)
            }
            // Comparisons and arithmetic.
            0x46..=0xa6 => self.compute(2),
            // Conversions that cannot trap.
            0xfc if number <= 7 => self.compute(1),
            _ => return false,
        }
        true
    }

    fn compute(&mut self, operands: usize) {
        for _ in 0..operands {
            self.pop();
        }
        self.stack.push(Value::Other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{Part, object};

    const PANIC_FMT: &str = "_RNvNtCsjtbYVuCNy0t_4core9panicking9panic_fmt";

    /// Its number is 1, after the import.
    const PANICKING: Part<'_> =
        Part { name: PANIC_FMT, results: 0, body: &[0, CALL, 0x80, 0x80, 0x80, 0x80, 0, 0, END], relocations: &[2] };

    /// What becomes of a function that comes after [`PANICKING`], with the name that its import has.
    fn snipped(import: &str, part: Part<'_>) -> Vec<u8> {
        let octets = snip(&object(import, &[PANICKING, part])).unwrap().unwrap();
        let object = Object::parse(&octets).unwrap().unwrap();
        object.code(object.functions.get(1).unwrap().body.clone()).to_vec()
    }

    fn caller(body: &[u8]) -> Vec<u8> {
        snipped("f", Part { name: "app", results: 0, body, relocations: &[] })
    }

    /// Opens a frame of 16 octets: local 0 is its address.
    const FRAME: &[u8] = &[1, 1, 0x7f, GLOBAL_GET, 0, 0x41, 16, I32_SUB, LOCAL_TEE, 0, 0x24, 0];
    const PANIC: &[u8] = &[CALL, 1];

    #[test]
    fn the_function_that_tells_of_a_panic_is_only_a_trap() {
        let octets = snip(&object("f", &[PANICKING])).unwrap().unwrap();
        let object = Object::parse(&octets).unwrap().unwrap();
        let body = object.code(object.functions.first().unwrap().body.clone());
        assert_eq!(body, [0, UNREACHABLE, NOP, NOP, NOP, NOP, NOP, NOP, END]);
    }

    #[test]
    fn a_message_is_not_made_any_more_and_the_check_before_it_stays() {
        // if (local 0 == 0) { frame[8] = 5; panic(frame + 8) }
        let check: &[u8] = &[LOCAL_GET, 0, 0x45, 0x04, 0x40];
        let message = [&[LOCAL_GET, 0, 0x41, 5, 0x36, 2, 8, LOCAL_GET, 0, 0x41, 8, I32_ADD], PANIC].concat();
        let rest: &[u8] = &[UNREACHABLE, END, END];
        let trap = [&[UNREACHABLE], vec![NOP; message.len() - 1].as_slice()].concat();
        assert_eq!(caller(&[FRAME, check, &message, rest].concat()), [FRAME, check, &trap, rest].concat());
    }

    #[test]
    fn what_others_could_see_before_a_panic_stays() {
        // A store to anywhere, a store to a frame whose address is also something else, a global, and a call.
        let twice: &[u8] = &[0x41, 0, LOCAL_SET, 0, LOCAL_GET, 0, 0x41, 5, 0x36, 2, 8];
        for before in [&[0x41, 8, 0x41, 5, 0x36, 2, 0], twice, &[0x41, 0, 0x24, 0], &[CALL, 0]] {
            let (body, trap) = ([FRAME, before, PANIC, &[END]].concat(), [UNREACHABLE, NOP]);
            assert_eq!(caller(&body), [FRAME, before, &trap, &[END]].concat(), "{before:?}");
        }
    }

    #[test]
    fn a_function_that_comes_back_is_left_whatever_its_name() {
        for (results, body) in [(1, [0, NOP, UNREACHABLE, END]), (0, [0, UNREACHABLE, NOP, END])] {
            let part = Part { name: PANIC_FMT, results, body: &body, relocations: &[] };
            assert_eq!(snipped("f", part), body);
        }
        let other = Part { name: "4core3fmt5write", results: 0, body: &[0, NOP, UNREACHABLE, END], relocations: &[] };
        assert_eq!(snipped("f", other), [0, NOP, UNREACHABLE, END]);
    }

    #[test]
    fn a_class_that_nobody_makes_objects_of_has_no_methods() {
        let method = |name| Part { name, results: 1, body: &[0, 0x41, 1, END], relocations: &[] };
        let gone = [0, UNREACHABLE, NOP, END];
        assert_eq!(snipped("f", method("intounderlyingsink_write_0123")), gone);
        assert_ne!(snipped("__wbg_intounderlyingsink_new_0123", method("intounderlyingsink_write_0123")), gone);
        assert_ne!(snipped("f", method("core_new_0123")), gone);
    }

    #[test]
    fn what_is_no_object_file_is_left_alone() {
        assert!(snip(b"\0asm\x01\0\0\0").unwrap().is_none());
        assert!(snip(b"").unwrap().is_none());
    }
}
