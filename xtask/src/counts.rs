//! How many tests passed and failed, and which failed, read from what the test runners print.

use std::iter::Sum;
use std::ops::Add;

use anyhow::{Context, Result};
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// The tests that failed, as far as the runner names them; each with the first line of why, where it says so. Among them
    /// those that passed at the second try: they have found something, and count as passed.
    pub(crate) failures: Vec<String>,
}

impl Counts {
    /// A step that is one check by itself.
    pub(crate) const ONE_PASSED: Self = Self { passed: 1, failed: 0, failures: Vec::new() };

    /// A step that could not be done, or a check that failed.
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1, failures: Vec::new() };

    /// These counts, or one failure more where the runner failed without naming a test: it crashed, did not compile, or
    /// ran nothing.
    pub(crate) fn of_runner(self, success: bool) -> Self {
        let unexplained = self.failed == 0 && (!success || self.passed == 0);
        if unexplained { self + Self::ONE_FAILED } else { self }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self
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
    let mut counts = Counts::default();
    for line in output.lines() {
        if let Some((_, result)) = line.split_once("test result: ") {
            counts.passed += before(result, "passed");
            counts.failed += before(result, "failed") + before(result, "ignored");
        } else if let Some(name) = line.strip_prefix("test ").and_then(without_verdict) {
            counts.failures.push(name.to_owned());
        }
    }
    counts
}

/// The name in `name ... FAILED` of libtest, or `name ... FAIL` of wasm-bindgen-test.
fn without_verdict(line: &str) -> Option<&str> {
    line.strip_suffix(" ... FAILED").or_else(|| line.strip_suffix(" ... FAIL"))
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

/// The totals of Playwright's JSON report. Skipped tests count as failed.
pub(crate) fn playwright(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report).context("Playwright's report is no JSON")?;
    let stats = report.get("stats").context("Playwright's report has no totals")?;
    let number = |name: &str| stats.get(name).and_then(Value::as_u64).unwrap_or(0);
    let errors = report.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    let failed = number("unexpected") + number("skipped") + u64::try_from(errors)?;
    let mut counts = Counts { passed: number("expected") + number("flaky"), failed, failures: Vec::new() };
    for suite in members(&report, "suites") {
        name_failures(suite, &mut counts.failures);
    }
    Ok(counts)
}

/// Suites hold suites and specs; a spec holds its tests, one a project, and they hold their tries.
fn name_failures(suite: &Value, failures: &mut Vec<String>) {
    let text = |value: &Value, name| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for spec in members(suite, "specs") {
        let is_ok = spec.get("ok") == Some(&Value::Bool(true));
        let tries = members(spec, "tests").flat_map(|test| members(test, "results"));
        let errors = tries.flat_map(|result| members(result, "errors")).map(|error| text(error, "message"));
        let Some(why) = errors.into_iter().next().or_else(|| (!is_ok).then(String::new)) else { continue };
        let line = spec.get("line").and_then(Value::as_u64).unwrap_or(0);
        let again = if is_ok { "passed at the second try: " } else { "" };
        failures.push(format!("{again}{}:{line} {}: {}", text(spec, "file"), text(spec, "title"), first_line(&why)));
    }
    for inner in members(suite, "suites") {
        name_failures(inner, failures);
    }
}

fn members<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Without the colours that Playwright writes into its messages.
fn first_line(message: &str) -> String {
    let mut line = String::new();
    let mut rest = message.lines().next().unwrap_or_default();
    while let Some((before, colour)) = rest.split_once("\u{1b}[") {
        line.push_str(before);
        rest = colour.split_once('m').map_or("", |(_, after)| after);
    }
    line + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64) -> Counts {
        Counts { passed, failed, ..Counts::default() }
    }

    #[test]
    fn failures_are_named() {
        let output =
            "test one::two ... FAILED\ntest three ... ok\ntest four ... FAIL\ntest result: FAILED. 1 passed; 2 failed";
        assert_eq!(libtest(output).failures, ["one::two", "four"]);
        let report = r#"{"stats": {"expected": 0, "unexpected": 1}, "suites": [{"suites": [{"specs": [
            {"ok": true, "title": "right", "file": "a.spec.mjs", "line": 1, "tests": [{"results": [{"errors": []}]}]},
            {"ok": true, "title": "flaky", "file": "a.spec.mjs", "line": 2,
             "tests": [{"results": [{"errors": [{"message": "late"}]}, {"errors": []}]}]},
            {"ok": false, "title": "wrong", "file": "a.spec.mjs", "line": 7,
             "tests": [{"results": [{"errors": [{"message": "Error: \u001b[2mexpect\u001b[22m failed\nmore"}]}]}]}
        ]}]}]}"#;
        assert_eq!(
            playwright(report).unwrap().failures,
            ["passed at the second try: a.spec.mjs:2 flaky: late", "a.spec.mjs:7 wrong: Error: expect failed",]
        );
    }

    #[test]
    fn all_result_lines_are_added_up() {
        let output = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 7 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
";
        assert_eq!(libtest(output), counts(10, 3));
    }

    #[test]
    fn the_lines_of_wasm_bindgen_test_are_read_too() {
        let line = "test result: ok. 4 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.20s\n";
        assert_eq!(libtest(line), counts(4, 0));
    }

    #[test]
    fn a_runner_that_fails_in_silence_or_runs_nothing_is_a_failure() {
        assert_eq!(libtest("error: could not compile").of_runner(false), Counts::ONE_FAILED);
        assert_eq!(Counts::default().of_runner(true), Counts::ONE_FAILED);
        assert_eq!(counts(3, 0).of_runner(false), counts(3, 1));
        assert_eq!(counts(3, 1).of_runner(false), counts(3, 1));
        assert_eq!(counts(3, 0).of_runner(true), counts(3, 0));
    }

    #[test]
    fn the_report_of_playwright_counts_what_was_skipped() {
        let report = r#"{"errors": [], "stats": {"expected": 5, "unexpected": 1, "flaky": 1, "skipped": 2}}"#;
        assert_eq!(playwright(report).unwrap(), counts(6, 3));
    }

    #[test]
    fn errors_outside_tests_count() {
        let report = r#"{"errors": [{"message": "no such file"}], "stats": {"expected": 0, "unexpected": 0}}"#;
        assert_eq!(playwright(report).unwrap(), Counts::ONE_FAILED);
        assert!(playwright("{}").is_err());
    }
}
