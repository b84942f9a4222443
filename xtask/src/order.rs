//! Puts the functions of a module into an order that compresses well.
//!
//! A host's compression looks back 32 KB, and a module is larger than that: of two functions that are nearly the same,
//! the second costs little only if it comes soon after the first. Linker and wasm-opt know nothing of that.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::run;
use crate::size::gzip_size;
use crate::tools::Toolbox;
use crate::wasm::Module;

/// How far the compression looks back, in octets.
const WINDOW: usize = 32 * 1024;

/// What is in fewer functions or in more says nothing about which two belong together.
const TELLING: std::ops::Range<usize> = 2..400;

/// Keeps functions of a few octets from coming first for one chance likeness.
const DAMPING: usize = 20;

/// How many octets in a row count as alike. Which one works best depends on the module, so each is tried.
const LENGTHS: [usize; 4] = [5, 6, 7, 8];

/// Reorders the module in place, or leaves it where no order is better than the one it has.
pub(crate) fn arrange(toolbox: &Toolbox, path: &Path) -> Result<()> {
    let octets = fs::read(path)?;
    let module = Module::parse(&octets)?;
    let functions = module.functions()?;
    let mut orders = vec![by_size(&functions)];
    orders.extend(LENGTHS.iter().map(|length| by_likeness(&functions, *length)));

    let mut best = (gzip_size(&octets)?, octets);
    let file = path.with_extension("order");
    for order in orders {
        let mut named = module.clone();
        named.name_functions(&ranked_names(&order))?;
        fs::write(&file, named.to_octets()?)?;
        // It knows where functions are named by their number, all of which change.
        let mut reorder = toolbox.node("binaryen/bin/wasm-opt");
        reorder.arg(&file).args(["--reorder-functions-by-name", "--strip-debug", "-o"]).arg(&file);
        run::run(&mut reorder)?;
        let octets = fs::read(&file)?;
        let weight = gzip_size(&octets)?;
        if weight < best.0 {
            best = (weight, octets);
        }
    }
    fs::remove_file(&file)?;
    fs::write(path, best.1).with_context(|| format!("cannot write {}", path.display()))
}

/// For each function, in the module's order, a name that sorts to its place in the new one.
fn ranked_names(order: &[usize]) -> Vec<String> {
    let mut ranks: Vec<(usize, usize)> = order.iter().copied().zip(0..).collect();
    ranks.sort_unstable();
    ranks.into_iter().map(|(_, rank)| format!("{rank:06}")).collect()
}

fn by_size(functions: &[&[u8]]) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = functions.iter().map(|octets| octets.len()).zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

/// Each function is followed by the one that has most in common with what is in the window then.
fn by_likeness(functions: &[&[u8]], length: usize) -> Vec<usize> {
    let mut pool = Pool::new(functions, length);
    let mut order = Vec::new();
    let (mut window, mut inside) = (VecDeque::new(), 0);
    let mut next = pool.largest();
    while let Some(index) = next {
        order.push(index);
        window.push_back(index);
        inside += pool.enter(index);
        while inside > WINDOW && window.len() > 1 {
            inside -= window.pop_front().map_or(0, |oldest| pool.leave(oldest));
        }
        next = pool.likest();
    }
    order
}

/// The functions, and how much of each is in the window.
struct Pool {
    functions: Vec<Function>,
    pieces: Vec<Piece>,
}

struct Function {
    octets: usize,
    /// How many different pieces it has, those included that only it has.
    variety: usize,
    /// Indices of its telling pieces.
    pieces: Vec<usize>,
    /// How many of these are in the window.
    score: usize,
    is_placed: bool,
}

/// A few octets in a row that more than one function has.
struct Piece {
    functions: Vec<usize>,
    /// How many functions in the window have it.
    inside: usize,
}

impl Pool {
    fn new(functions: &[&[u8]], length: usize) -> Self {
        let mut owners: HashMap<&[u8], Vec<usize>> = HashMap::new();
        let mut varieties = vec![0; functions.len()];
        for (index, (octets, variety)) in functions.iter().zip(&mut varieties).enumerate() {
            for piece in octets.windows(length) {
                let owners = owners.entry(piece).or_default();
                if owners.last() != Some(&index) {
                    owners.push(index);
                    *variety += 1;
                }
            }
        }
        let pieces = owners.into_values().filter(|owners| TELLING.contains(&owners.len()));
        let pieces: Vec<Piece> = pieces.map(|functions| Piece { functions, inside: 0 }).collect();
        let mut functions: Vec<Function> = functions
            .iter()
            .zip(varieties)
            .map(|(octets, variety)| Function {
                octets: octets.len(),
                variety,
                pieces: Vec::new(),
                score: 0,
                is_placed: false,
            })
            .collect();
        for (number, piece) in pieces.iter().enumerate() {
            for index in &piece.functions {
                if let Some(function) = functions.get_mut(*index) {
                    function.pieces.push(number);
                }
            }
        }
        Self { functions, pieces }
    }

    fn largest(&self) -> Option<usize> {
        (0..self.functions.len())
            .zip(&self.functions)
            .max_by_key(|(_, function)| function.octets)
            .map(|(index, _)| index)
    }

    fn likest(&self) -> Option<usize> {
        let left = (0..self.functions.len()).zip(&self.functions).filter(|(_, function)| !function.is_placed);
        left.max_by(|(_, one), (_, other)| one.compare(other)).map(|(index, _)| index)
    }

    /// Returns the function's size.
    fn enter(&mut self, index: usize) -> usize {
        self.count(
            index,
            |inside| {
                *inside += 1;
                *inside == 1
            },
            |score| *score += 1,
        )
    }

    fn leave(&mut self, index: usize) -> usize {
        self.count(
            index,
            |inside| {
                *inside -= 1;
                *inside == 0
            },
            |score| *score -= 1,
        )
    }

    /// Counts the pieces of a function; where that changes whether a piece is in the window, its functions' scores too.
    fn count(&mut self, index: usize, piece: fn(&mut usize) -> bool, score: fn(&mut usize)) -> usize {
        let Some(function) = self.functions.get_mut(index) else { return 0 };
        function.is_placed = true;
        let octets = function.octets;
        for number in function.pieces.clone() {
            let Some(found) = self.pieces.get_mut(number) else { continue };
            if piece(&mut found.inside) {
                for index in &found.functions {
                    if let Some(function) = self.functions.get_mut(*index) {
                        score(&mut function.score);
                    }
                }
            }
        }
        octets
    }
}

impl Function {
    /// By the share of it that is in the window; then the larger one goes first.
    fn compare(&self, other: &Self) -> Ordering {
        let share = self.score * (other.variety + DAMPING);
        share.cmp(&(other.score * (self.variety + DAMPING))).then(self.octets.cmp(&other.octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_comes_together_and_nothing_is_lost() {
        let (red, blue) = (b"the first kind of code, once more", b"0123456789ABCDEFGHIJKLMNOPQRSTUVW");
        let (red_too, blue_too) = (b"the first kind of code, twice more", b"0123456789ABCDEFGHIJKLMNOPQRSTUVX");
        let functions: Vec<&[u8]> = vec![red, blue, b"", red_too, blue_too];
        let order = by_likeness(&functions, 6);
        assert_eq!(order.first_chunk(), Some(&[3, 0]));
        let place = |index| order.iter().position(|found| *found == index).unwrap();
        assert_eq!(place(1).abs_diff(place(4)), 1);
        assert_eq!(order.len(), functions.len());
    }

    #[test]
    fn the_order_is_the_same_every_time() {
        let functions: Vec<Vec<u8>> =
            (0..60_u8).map(|seed| (0..90).map(|at| ((at % 30) * (seed % 7)) ^ seed).collect()).collect();
        let functions: Vec<&[u8]> = functions.iter().map(Vec::as_slice).collect();
        assert_eq!(by_likeness(&functions, 5), by_likeness(&functions, 5));
    }

    #[test]
    fn names_sort_to_the_new_order() {
        assert_eq!(ranked_names(&[2, 0, 1]), ["000001", "000002", "000000"]);
        assert_eq!(by_size(&[b"abc", b"a", b"ab"]), [1, 2, 0]);
    }
}
