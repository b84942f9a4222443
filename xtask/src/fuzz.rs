//! `cargo xtask fuzz`: libFuzzer on each target of `fuzz/`, with the vectors to start from.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::args::Args;
use crate::counts::Counts;
use crate::{paths, run, tools};

pub(crate) const DETAILS: &str = "  [TARGET]       one target; without it, all of them
  --seconds N    how long for each target (default 10)

The targets: authorizer, callback, challenge, dpop_proof, id_token, jarm, metadata, stored_records, token_response, userinfo.

It needs a C++ compiler and no other Rust than the pinned one. What it learns stays in fuzz/corpus, and an input that
breaks something in fuzz/artifacts; git ignores both. The last line is `N passed, N failed`, a target each.";

/// Longest input, in octets: room for a token beside its keys.
const MAX_LEN: u32 = 8 * 1024;

/// An input that keeps a target busy for so many seconds has broken it.
const TIMEOUT: u32 = 10;

struct Target {
    name: &'static str,
    /// The file of vectors that the first inputs are made of.
    vectors: &'static str,
    /// One such input, or none where a case does not lend itself to it.
    seed: fn(&Value) -> Option<String>,
}

const TARGETS: [Target; 10] = [
    Target { name: "authorizer", vectors: "authorization_response", seed: authorizer },
    Target { name: "callback", vectors: "authorization_response", seed: callback },
    Target { name: "challenge", vectors: "www_authenticate", seed: challenge },
    Target { name: "dpop_proof", vectors: "dpop_proof", seed: proof },
    Target { name: "id_token", vectors: "id_token", seed: |case| signed(case, "id_token") },
    Target { name: "jarm", vectors: "jarm_response", seed: |case| signed(case, "response") },
    Target { name: "metadata", vectors: "metadata", seed: metadata },
    Target { name: "stored_records", vectors: "metadata", seed: stored_record },
    Target { name: "token_response", vectors: "token_response", seed: token_response },
    Target { name: "userinfo", vectors: "userinfo_response", seed: userinfo },
];

pub(crate) fn command(mut args: Args) -> Result<ExitCode> {
    let seconds: NonZeroU32 = args.value("--seconds")?.unwrap_or(const { NonZeroU32::new(10).unwrap() });
    let wanted = args.word();
    args.finish()?;
    let targets: Vec<&Target> =
        TARGETS.iter().filter(|target| wanted.as_deref().is_none_or(|name| target.name == name)).collect();
    if let (Some(name), true) = (&wanted, targets.is_empty()) {
        anyhow::bail!("there is no target `{name}`; --help lists them");
    }

    let total = fuzz_all(&targets, wanted.as_deref(), seconds)?;
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A few seconds for each target: a step of `cargo xtask test`.
pub(crate) fn briefly() -> Result<Counts> {
    fuzz_all(&TARGETS.iter().collect::<Vec<_>>(), None, const { NonZeroU32::new(5).unwrap() })
}

fn fuzz_all(targets: &[&Target], only: Option<&str>, seconds: NonZeroU32) -> Result<Counts> {
    println!("Building {} target(s) ...", targets.len());
    run::run(&mut cargo_fuzz("build", only)?)?;
    let mut total = Counts::default();
    for target in targets {
        let counts = fuzz(target, seconds).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts::ONE_FAILED
        });
        total = total + counts;
    }
    Ok(total)
}

/// Without a sanitizer: the library has no unsafe code for one to look into, and each wants a compiler of its own.
fn cargo_fuzz(subcommand: &str, target: Option<&str>) -> Result<Command> {
    let mut command = tools::cargo_fuzz()?;
    command.args([subcommand, "--sanitizer=none", "--fuzz-dir"]).arg(folder());
    command.arg("--target-dir").arg(paths::target()?.join("fuzz")).args(target);
    Ok(command)
}

fn folder() -> PathBuf {
    paths::root().join("fuzz")
}

fn fuzz(target: &Target, seconds: NonZeroU32) -> Result<Counts> {
    let corpus = folder().join("corpus").join(target.name);
    let seeds = write_seeds(target, &corpus)?;
    println!("\n=== {}: {seconds} s, from {seeds} cases of the vectors", target.name);
    let mut command = cargo_fuzz("run", Some(target.name))?;
    command.arg(&corpus).arg("--").args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={MAX_LEN}"),
        format!("-timeout={TIMEOUT}"),
        "-print_final_stats=1".to_owned(),
    ]);
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().context("cannot start cargo-fuzz")?;
    let printed = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        let executions = executions(&printed).context("the fuzzer did not say how much it did")?;
        println!("ok, {executions} executions");
        return Ok(Counts::ONE_PASSED);
    }
    // What the fuzzer learnt on the way is noise; what broke stands behind it.
    let told = printed.lines().filter(|line| !line.starts_with(['#', '\t'])).collect::<Vec<_>>();
    println!("{}\nFAILED", told.join("\n"));
    Ok(Counts::ONE_FAILED)
}

/// The line `stat::number_of_executed_units: 123` of libFuzzer.
fn executions(printed: &str) -> Option<u64> {
    let line = printed.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

fn write_seeds(target: &Target, corpus: &Path) -> Result<usize> {
    let file = paths::root().join("tests/vectors").join(format!("{}.json", target.vectors));
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let document: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let cases = document.get("cases").and_then(Value::as_array).context("the vectors have no cases")?;
    fs::create_dir_all(corpus).with_context(|| format!("cannot create {}", corpus.display()))?;
    let mut written = 0;
    for case in cases {
        if let (Some(id), Some(seed)) = (str(case, "/id"), (target.seed)(case)) {
            fs::write(corpus.join(format!("seed-{id}")), seed).context("cannot write a seed")?;
            written += 1;
        }
    }
    Ok(written)
}

fn str<'a>(case: &'a Value, pointer: &str) -> Option<&'a str> {
    case.pointer(pointer)?.as_str()
}

fn callback(case: &Value) -> Option<String> {
    let address = str(case, "/url")?;
    Some(str(case, "/form_body").map_or(address.to_owned(), |body| format!("{address}\n{body}")))
}

/// Requests of each endpoint, with whatever the case has besides.
fn authorizer(case: &Value) -> Option<String> {
    let (_, query) = str(case, "/url")?.split_once(['?', '#'])?;
    let request = "response_type=code&client_id=spa-client-1&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&scope=openid\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let verifier = "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let endpoints = [
        format!("GET\n/authorize?{request}&{query}\n\n"),
        format!("POST\n/par\nBODY\n{request}&{query}"),
        format!("POST\n/token\nBODY\ngrant_type=authorization_code&{request}&{verifier}&{query}"),
        format!("POST\n/token\nBODY\ngrant_type=refresh_token&client_id=spa-client-1&refresh_token=r&{query}"),
        format!("POST\n/revoke\nBODY\nclient_id=spa-client-1&token=t&token_type_hint=refresh_token&{query}"),
        format!("GET\n/logout?client_id=spa-client-1&id_token_hint=e30.e30.c2ln&{query}\n\n"),
        format!("POST\n/sign-in\nBODY\nperson=ada&interaction=i&{query}"),
        format!("POST\n/consent\nBODY\ndecision=allow&interaction=i&{query}"),
        format!("POST\n/sign-out\nBODY\ndecision=sign-out&interaction=i&{query}"),
        format!("GET\n/userinfo?{query}\n\n"),
        format!("GET\n/~pkce-optional+code-reusable/.well-known/openid-configuration?{query}\n\n"),
    ];
    // Each case makes one of them, by the digits of its id.
    let number: usize =
        str(case, "/id")?.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| digit as usize).sum();
    let chosen = endpoints.get(number % endpoints.len())?;
    Some(chosen.replace("BODY", "application/x-www-form-urlencoded"))
}

fn proof(case: &Value) -> Option<String> {
    let mut parts = str(case, "/proof")?.split('.');
    let decoded = |part: Option<&str>| String::from_utf8(URL_SAFE_NO_PAD.decode(part?).ok()?).ok();
    Some(format!("{}\n{}", decoded(parts.next())?, decoded(parts.next())?))
}

fn userinfo(case: &Value) -> Option<String> {
    let response = case.get("response")?;
    let content_type = str(response, "/content_type").unwrap_or_default();
    let signed = "{\"alg\":\"ES256\"}\n{\"iss\":\"https://as.example.com\",\"aud\":\"spa-client-1\",\"sub\":\"user-1\"}\n{\"keys\":[]}";
    Some(match str(case, "/id")? {
        "UI-001" => format!("200 application/jwt\n{signed}"),
        _ => format!("{} {content_type}\n{}", response.get("status")?, str(response, "/body")?),
    })
}

fn challenge(case: &Value) -> Option<String> {
    let values: Option<Vec<&str>> = case.get("www_authenticate")?.as_array()?.iter().map(Value::as_str).collect();
    Some(values?.join(", "))
}

/// Header and payload as they are before they travel, and the keys: what the fuzzer changes then still decodes.
fn signed(case: &Value, name: &str) -> Option<String> {
    let token = case.get(name)?.as_str()?;
    let decoded = |part: Option<&str>| String::from_utf8(URL_SAFE_NO_PAD.decode(part?).ok()?).ok();
    let mut parts = token.split('.');
    let (header, payload) = (decoded(parts.next()), decoded(parts.next()));
    Some(match (header, payload) {
        (Some(header), Some(payload)) => format!("{header}\n{payload}\n{}", case.get("jwks")?),
        _ => token.to_owned(),
    })
}

fn metadata(case: &Value) -> Option<String> {
    Some(format!("{}\n{}", str(case, "/issuer")?, str(case, "/response/body")?))
}

fn stored_record(case: &Value) -> Option<String> {
    let server: Value = serde_json::from_str(str(case, "/response/body")?).ok()?;
    let record = json!({
        "server": server,
        "client_id": "spa-client-1",
        "redirect_uri": "https://app.example/callback",
        "scope": "openid profile",
        "response_mode": "query",
        "state": "Zk3JtV9qEw0xS7cYbR2uN5hD8mPfQ1aL4oGiT6vXyHs",
        "nonce": "n-0S6_WzA2Mj",
        "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "started_at": 1_795_348_800,
        "return_to": "/",
        "max_age": 300,
    });
    Some(record.to_string())
}

fn token_response(case: &Value) -> Option<String> {
    let response = case.get("response")?;
    let content_type = str(response, "/headers/content-type").unwrap_or_default();
    Some(format!("{} {content_type}\n{}", response.get("status")?, str(response, "/body")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_program_and_a_line_in_the_help() {
        let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        let programs: Vec<&str> =
            manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).collect();
        assert_eq!(programs.len(), TARGETS.len());
        for target in TARGETS {
            assert!(programs.contains(&format!("{}.rs\"", target.name).as_str()), "{}", target.name);
            assert!(DETAILS.contains(target.name), "{}", target.name);
        }
    }

    #[test]
    fn the_vectors_give_every_target_inputs_to_start_from() {
        for target in TARGETS {
            let file = paths::root().join("tests/vectors").join(format!("{}.json", target.vectors));
            let document: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            let seeds = document["cases"].as_array().unwrap().iter().filter_map(target.seed).count();
            assert!(seeds >= 5, "{}: {seeds}", target.name);
        }
    }

    #[test]
    fn the_executions_are_read_from_the_final_numbers() {
        assert_eq!(executions("#2 INITED\nstat::number_of_executed_units: 12345\n"), Some(12345));
        assert_eq!(executions("Done"), None);
    }
}
