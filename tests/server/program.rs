//! The program as a process, and a browser that follows no redirect by itself.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use pkce_login::protocol::form::{Form, Params};
use pkce_login::protocol::pkce::CodeVerifier;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

pub(crate) const CLIENT: &str = "my-app";
pub(crate) const REDIRECT_URI: &str = "http://localhost:5173/callback.html";

fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pkce-login-authorizer"));
    command.args(options);
    command
}

/// Runs the program with options that it cannot use, and gives what it says.
pub(crate) fn refusal(options: &[&str]) -> String {
    let Output { status, stderr, stdout } = command(options).output().unwrap();
    assert_eq!(status.code(), Some(1), "{options:?}");
    assert!(stdout.is_empty());
    String::from_utf8(stderr).unwrap()
}

/// A file with the options of a test.
pub(crate) fn options_file(name: &str, json: &Value) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, json.to_string()).unwrap();
    path
}

/// A program that serves. It ends with the test.
pub(crate) struct Program {
    child: Child,
    /// What it printed first.
    pub(crate) summary: Vec<String>,
}

impl Program {
    /// Starts it at a free port, with the app of the tests.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with_log("json", options)
    }

    /// The same; `log` is the form of its log.
    pub(crate) fn start_with_log(log: &str, options: &[&str]) -> Self {
        Self::start_and_read(log, options, usize::MAX)
    }

    /// The same; of what it prints, so many lines are read at most, and then the pipe is closed.
    pub(crate) fn start_and_read(log: &str, options: &[&str], lines: usize) -> Self {
        let mut command = command(options);
        command.args(["--client", &format!("{CLIENT}={REDIRECT_URI}"), "--log", log]);
        command.args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut summary = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().take(lines) {
            summary.push(line.unwrap());
            // The last line says how to stop it.
            if summary.last().unwrap().contains("Ctrl+C") {
                break;
            }
        }
        Self { child, summary }
    }

    pub(crate) fn issuer(&self) -> String {
        self.told("issuer")
    }

    /// The first value of that name in what it printed.
    pub(crate) fn told(&self, name: &str) -> String {
        let line = self.summary.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {:?}", self.summary)).trim().to_owned()
    }

    /// Where it listens, as `localhost:PORT`.
    pub(crate) fn authority(&self) -> String {
        self.issuer().split('/').nth(2).unwrap().to_owned()
    }

    /// Tells it to stop, and gives its log and its exit code.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> (String, Option<i32>) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        let status = self.child.wait().unwrap();
        (log, status.code())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One browser: its cookies, and no redirect unless the test follows it.
pub(crate) struct Browser(pub(crate) Agent, Option<String>);

/// What came back.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let agent = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self(agent.into(), None)
    }

    pub(crate) fn get(&mut self, url: &str) -> Page {
        let mut request = self.0.get(url);
        if let Some(cookie) = &self.1 {
            request = request.header("Cookie", cookie);
        }
        self.page(request.call().unwrap())
    }

    pub(crate) fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Page {
        let body = form.iter().fold(Form::new(), |form, (name, value)| form.with(name, value)).finish();
        let mut request = self.0.post(url).content_type("application/x-www-form-urlencoded");
        if let Some(cookie) = &self.1 {
            request = request.header("Cookie", cookie);
        }
        self.page(request.send(body).unwrap())
    }

    fn page(&mut self, mut response: Response<ureq::Body>) -> Page {
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        if let Some(set) = header("Set-Cookie") {
            self.1 = set.split(';').next().map(str::to_owned);
        }
        Page {
            status: response.status().as_u16(),
            location: header("Location").unwrap_or_default(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }

    /// Follows a redirect to a page of the authorizer, and presses a button there.
    pub(crate) fn press(&mut self, redirect: &Page, name: &str, value: &str) -> Page {
        let page = self.get(&redirect.location);
        let between = |before: &str| {
            let (_, rest) = page.body.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", page.body));
            rest.split_once('"').unwrap().0.to_owned()
        };
        let (action, interaction) = (between("action=\""), between("name=\"interaction\" value=\""));
        self.post(&action, &[("interaction", &interaction), (name, value)])
    }
}

/// The verifier of the n-th login of a test.
pub(crate) fn verifier(n: u8) -> CodeVerifier {
    CodeVerifier::from_entropy(&[n; 32])
}

/// The address of an authorization request with the n-th verifier.
pub(crate) fn authorize_url(issuer: &str, n: u8) -> String {
    authorize_url_of(issuer, &verifier(n))
}

/// The address of an authorization request with that verifier.
pub(crate) fn authorize_url_of(issuer: &str, verifier: &CodeVerifier) -> String {
    let challenge = verifier.challenge();
    let form = Form::new()
        .with("response_type", "code")
        .with("client_id", CLIENT)
        .with("redirect_uri", REDIRECT_URI)
        .with("scope", "openid profile")
        .with("state", "state-1")
        .with("nonce", "nonce-1")
        .with("code_challenge", challenge.as_str())
        .with("code_challenge_method", "S256");
    format!("{issuer}/authorize?{}", form.finish())
}

/// The code in a redirect to the app.
pub(crate) fn code(page: &Page) -> String {
    let (place, query) = page.location.split_once('?').unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    assert_eq!(place, REDIRECT_URI);
    Params::parse(query).get("code").unwrap_or_else(|| panic!("no code: {query}")).to_owned()
}

/// The form that exchanges a code for tokens.
pub(crate) fn exchange<'a>(code: &'a str, verifier: &'a CodeVerifier) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", CLIENT),
        ("code_verifier", verifier.expose()),
    ]
}
