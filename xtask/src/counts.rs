//! How many tests passed and failed, read from what the test runners print.

use std::iter::Sum;
use std::ops::Add;

use anyhow::{Context, Result};
use serde_json::Value;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// A step that is one check by itself.
    pub(crate) const ONE_PASSED: Self = Self { passed: 1, failed: 0 };

    /// A step that could not be done, or a check that failed.
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1 };

    /// These counts, or one failure more where the runner failed without naming a test: it crashed, did not compile, or
    /// ran nothing.
    pub(crate) fn of_runner(self, success: bool) -> Self {
        let unexplained = self.failed == 0 && (!success || self.passed == 0);
        if unexplained { self + Self::ONE_FAILED } else { self }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Self::add)
    }
}

/// Adds up the lines `test result: ok. 12 passed; 0 failed; 1 ignored; ...` of libtest and of wasm-bindgen-test.
///
/// An ignored test counts as failed: it is a check that was promised and not done.
pub(crate) fn libtest(output: &str) -> Counts {
    output
        .lines()
        .filter_map(|line| line.split_once("test result: "))
        .map(|(_, result)| Counts {
            passed: before(result, "passed"),
            failed: before(result, "failed") + before(result, "ignored"),
        })
        .sum()
}

/// The number in front of a word: 12 in `ok. 12 passed; 0 failed`.
fn before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == ';').filter(|part| !part.is_empty()).collect();
    words
        .windows(2)
        .find_map(|pair| if pair.last() == Some(&word) { pair.first()?.parse().ok() } else { None })
        .unwrap_or(0)
}

/// The totals of Playwright's JSON report. Skipped and flaky tests count as failed.
pub(crate) fn playwright(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report).context("Playwright's report is no JSON")?;
    let stats = report.get("stats").context("Playwright's report has no totals")?;
    let number = |name: &str| stats.get(name).and_then(Value::as_u64).unwrap_or(0);
    let errors = report.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    let failed = number("unexpected") + number("flaky") + number("skipped") + u64::try_from(errors)?;
    Ok(Counts { passed: number("expected"), failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_result_lines_are_added_up() {
        let output = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
";
        assert_eq!(libtest(output), Counts { passed: 10, failed: 3 });
    }

    #[test]
    fn the_lines_of_wasm_bindgen_test_are_read_too() {
        let line = "test result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.20s\n";
        assert_eq!(libtest(line), Counts { passed: 4, failed: 0 });
    }

    #[test]
    fn a_runner_that_fails_in_silence_or_runs_nothing_is_a_failure() {
        assert_eq!(libtest("error: could not compile").of_runner(false), Counts::ONE_FAILED);
        assert_eq!(Counts::default().of_runner(true), Counts::ONE_FAILED);
        assert_eq!(Counts { passed: 3, failed: 0 }.of_runner(false), Counts { passed: 3, failed: 1 });
        assert_eq!(Counts { passed: 3, failed: 1 }.of_runner(false), Counts { passed: 3, failed: 1 });
        assert_eq!(Counts { passed: 3, failed: 0 }.of_runner(true), Counts { passed: 3, failed: 0 });
    }

    #[test]
    fn the_report_of_playwright_counts_what_was_skipped() {
        let report = r#"{"errors": [], "stats": {"expected": 5, "unexpected": 1, "flaky": 1, "skipped": 2}}"#;
        assert_eq!(playwright(report).unwrap(), Counts { passed: 5, failed: 4 });
    }

    #[test]
    fn errors_outside_tests_count() {
        let report = r#"{"errors": [{"message": "no such file"}], "stats": {"expected": 0, "unexpected": 0}}"#;
        assert_eq!(playwright(report).unwrap(), Counts::ONE_FAILED);
        assert!(playwright("{}").is_err());
    }
}
