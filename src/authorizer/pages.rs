//! The pages of the authorizer: HTML with its own look. Only the page of a `form_post` response has a script.
//!
//! Every text that comes from outside goes through [`Escaped`].

use crate::protocol::url::AbsoluteUrl;

use super::config::{Config, Person};
use super::grant_details::{DETAILS_TYPE, GrantDetails};
use super::http::Response;
use super::issuer::Issuer;
use super::people::SCOPES;
use super::store::request::{AcceptedRequest, Login};
use super::switches::near;

/// The stylesheet, the same for every issuer.
pub(super) const STYLE: &str = include_str!("style.css");

/// The only script: submits the form of a `form_post` response. The policy of that page allows it by its hash.
const SUBMIT: &str = "document.forms[0].submit()";
/// `sha256` of [`SUBMIT`], base64; a test compares.
const SUBMIT_HASH: &str = "'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='";

/// Longest text from a link that a page repeats, in characters.
const MAX_REPEATED: usize = 300;

/// Escapes the characters that have a meaning in HTML.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write as _;
        if !self.0.contains(['&', '<', '>', '"', '\'']) {
            return f.write_str(self.0);
        }
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            _ => f.write_char(c),
        })
    }
}

/// One page: the address of its stylesheet, the target of its forms, and its contents.
struct Page<'a> {
    status: u16,
    issuer: &'a str,
    /// An address whose origin the forms may reach by a redirect.
    form_target: Option<&'a str>,
    script: Option<&'static str>,
    title: &'a str,
    /// HTML.
    body: String,
}

impl Page<'_> {
    fn response(self) -> Response {
        let issuer = Escaped(self.issuer);
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title} – built-in authorizer</title>\
             <link rel=\"stylesheet\" href=\"{issuer}/style.css\"></head><body>\
             <header class=\"banner\">Built-in authorizer: protects nothing</header>\
             <main><h1>{title}</h1>{body}</main></body></html>",
            title = Escaped(self.title),
            body = self.body,
        );
        // Chromium applies form-action to the redirect after the POST too: it needs the origin of the client.
        let form_action = match self.form_target.and_then(csp_source) {
            Some(origin) => format!("'self' {origin}"),
            None => "'self'".to_owned(),
        };
        let script = self.script.map_or_else(String::new, |hash| format!(" script-src {hash};"));
        let policy = format!(
            "default-src 'none';{script} style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action {form_action}"
        );
        Response::new(self.status, "text/html; charset=utf-8", html)
            .with("Content-Security-Policy", policy)
            .with("X-Frame-Options", "DENY")
    }
}

fn csp_source(url: &str) -> Option<String> {
    let url = AbsoluteUrl::parse(url).ok()?;
    // The CSP grammar has no IPv6 addresses; only the scheme can stand for them.
    Some(if url.host().starts_with('[') { format!("{}:", url.scheme) } else { url.origin() })
}

/// What the switches of the issuer do, so that the effects are not taken for mistakes of the server.
fn switches(issuer: &Issuer) -> String {
    let rows: String =
        issuer.behaviour.rows().map(|row| format!("<li><code>{}</code>: {}</li>", row.name, row.text)).collect();
    if rows.is_empty() {
        return rows;
    }
    format!("<h2>Misbehaves on purpose</h2><ul class=\"quiet\">{rows}</ul>")
}

fn origin(url: &str) -> String {
    AbsoluteUrl::parse(url).map(|url| url.origin()).unwrap_or_default()
}

fn app_name<'a>(config: &'a Config, request: &'a AcceptedRequest) -> &'a str {
    let client = config.clients.iter().find(|client| client.client_id == request.back.client_id);
    client.map_or(&request.back.client_id, |client| &client.name)
}

fn form(issuer: &Issuer, path: &str, interaction: &str, buttons: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{}/{path}\"><input type=\"hidden\" name=\"interaction\" value=\"{}\">{buttons}</form>",
        Escaped(&issuer.url),
        Escaped(interaction),
    )
}

/// Asks whom to sign in as. The person whom the client expects comes first.
pub(super) fn sign_in(
    issuer: &Issuer,
    config: &Config,
    interaction: &str,
    request: &AcceptedRequest,
    session: Option<&Login>,
) -> Response {
    let is_expected = |person: &Person| request.login_hint.as_deref().is_some_and(|hint| person.is_meant(hint));
    let expected = config.people.iter().filter(|person| is_expected(person));
    let others = config.people.iter().filter(|person| !is_expected(person));
    let mut buttons = String::new();
    for person in expected.chain(others) {
        let note = match session {
            _ if is_expected(person) => ", expected by the app",
            Some(login) if login.sub == person.sub => ", signed in here",
            _ => "",
        };
        buttons += &format!(
            "<button class=\"person\" name=\"person\" value=\"{}\">{}<span>{}{note}</span></button>",
            Escaped(&person.sub),
            Escaped(&person.name),
            Escaped(&person.email),
        );
    }
    buttons += "<button name=\"decision\" value=\"deny\">Deny</button>";
    let body = format!(
        "<p><strong>{}</strong> at <code>{}</code> asks who you are. Choose a person. There is no password.</p>{}{}",
        Escaped(app_name(config, request)),
        Escaped(&origin(&request.back.redirect_uri)),
        form(issuer, "sign-in", interaction, &buttons),
        switches(issuer),
    );
    let form_target = Some(request.back.redirect_uri.as_str());
    Page { status: 200, issuer: &issuer.url, form_target, script: None, title: "Sign in", body }.response()
}

/// Asks for consent: what the app asks for, in words.
pub(super) fn consent(
    issuer: &Issuer,
    config: &Config,
    interaction: &str,
    request: &AcceptedRequest,
    login: &Login,
) -> Response {
    let name = config.person(&login.sub).map_or("", |person| person.name.as_str());
    let name = Escaped(name);
    let body = format!(
        "<p>You are signed in as <strong>{name}</strong>.</p><p><strong>{app}</strong> at <code>{origin}</code> asks to:</p>\
         <ul>{scopes}</ul>{form}{switches}",
        app = Escaped(app_name(config, request)),
        origin = Escaped(&origin(&request.back.redirect_uri)),
        scopes = details_in_words(&request.details),
        form = form(
            issuer,
            "consent",
            interaction,
            "<button class=\"main\" name=\"decision\" value=\"allow\">Allow</button>\
             <button name=\"decision\" value=\"deny\">Deny</button>\
             <button name=\"decision\" value=\"other-person\">Choose another person</button>",
        ),
        switches = switches(issuer),
    );
    let form_target = Some(request.back.redirect_uri.as_str());
    Page { status: 200, issuer: &issuer.url, form_target, script: None, title: "Allow this app?", body }.response()
}

fn details_in_words(details: &GrantDetails) -> String {
    let line = |words: &str, name: &str| format!("<li>{words} <code class=\"quiet\">{}</code></li>", Escaped(name));
    let words = |name: &str| SCOPES.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words);
    let scopes = details.scope.words().into_iter().map(|name| line(words(name), name));
    let kinds = details.authorization_details.iter().map(|text| line(DETAILS_TYPE.1, text));
    let resources = details.resources.iter().map(|resource| line("Use all this at", resource));
    scopes.chain(kinds).chain(resources).collect()
}

/// What a request named, beside what is registered.
pub(super) struct Compared<'a> {
    pub(super) received: &'a str,
    pub(super) registered: Vec<&'a String>,
    /// The member of the options that registers it.
    pub(super) option: &'static str,
}

/// Refuses a link without a redirect, for example to an unknown app or address.
pub(super) fn not_redirected(issuer: &Issuer, why: &str, compared: Option<Compared<'_>>) -> Response {
    let (compared, hint) = compared.map_or_else(Default::default, |Compared { received, registered, option }| {
        let shown: String = received.chars().take(MAX_REPEATED).collect();
        let registered: String = registered.iter().map(|known| format!(" <code>{}</code>", Escaped(known))).collect();
        let shown = Escaped(&shown);
        (
            format!("<p class=\"received\">Received: <code>{shown}</code></p><p>Registered:{registered}</p>"),
            format!("<p class=\"quiet\">If this is your app: the option for it is <code>{option}</code>.</p>"),
        )
    });
    let body =
        format!("<p>{why}</p>{compared}<p>Following it could take you to another party. Nothing was sent.</p>{hint}",);
    Page {
        status: 400,
        issuer: &issuer.url,
        form_target: None,
        script: None,
        title: "This link is not safe to follow",
        body,
    }
    .response()
}

/// Refuses a request before the person is asked, and shows the address of the app.
pub(super) fn refused(
    issuer: &Issuer,
    redirect_uri: &str,
    why: &str,
    target: Option<&str>,
    parameters: &[(&'static str, String)],
) -> Response {
    let onward = match target {
        Some(target) => {
            format!("<a class=\"button\" href=\"{}\" rel=\"noreferrer\">Return to the app</a>", Escaped(target))
        }
        None => post_form(redirect_uri, parameters, "Return to the app"),
    };
    let body = format!(
        "<p>{why}</p><p>The app is at <code>{}</code>. Go on only if you know it.</p>{onward}",
        Escaped(&origin(redirect_uri)),
    );
    Page {
        status: 400,
        issuer: &issuer.url,
        form_target: Some(redirect_uri),
        script: None,
        title: "The authorizer refused the request",
        body,
    }
    .response()
}

/// The response as a form (Form Post Response Mode, section 2). The form submits itself; the button is for browsers
/// without script.
pub(super) fn form_post(issuer: &Issuer, redirect_uri: &str, parameters: &[(&'static str, String)]) -> Response {
    let form = post_form(redirect_uri, parameters, "Continue");
    let body = format!("<p>Press Continue if nothing happens.</p>{form}<script>{SUBMIT}</script>");
    let page = Page {
        status: 200,
        issuer: &issuer.url,
        form_target: Some(redirect_uri),
        script: Some(SUBMIT_HASH),
        title: "Back to the app",
        body,
    };
    page.response()
}

fn post_form(redirect_uri: &str, parameters: &[(&'static str, String)], label: &str) -> String {
    let fields = parameters
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", Escaped(value)));
    let fields: String = fields.collect();
    format!(
        "<form method=\"post\" action=\"{}\">{fields}<button class=\"main\">{label}</button></form>",
        Escaped(redirect_uri)
    )
}

/// The page was used already, or waited too long.
pub(super) fn over(issuer: &Issuer) -> Response {
    let body = "<p>It was used already, or is older than ten minutes.</p><p>Go back to the app and start again. Nothing was lost.</p>";
    plain(400, &issuer.url, "This page expired", body)
}

/// Asks whether to sign out, where the link does not prove that it comes from the app.
pub(super) fn ask_sign_out(
    issuer: &Issuer,
    config: &Config,
    interaction: &str,
    login: &Login,
    target: Option<&str>,
) -> Response {
    let name = config.person(&login.sub).map_or("", |person| person.name.as_str());
    let name = Escaped(name);
    let buttons = "<button class=\"main\" name=\"decision\" value=\"sign-out\">Sign out</button>\
                   <button name=\"decision\" value=\"stay\">Stay signed in</button>";
    let body = format!(
        "<p>You are signed in here as <strong>{name}</strong>. A link asks to sign you out.</p>{}",
        form(issuer, "sign-out", interaction, buttons),
    );
    Page { status: 200, issuer: &issuer.url, form_target: target, script: None, title: "Sign out?", body }.response()
}

pub(super) fn signed_out(issuer: &Issuer, target: Option<&str>) -> Response {
    let body = format!("<p>You have no session at this authorizer.</p>{}", way_back(target));
    plain(200, &issuer.url, "You are signed out", &body)
}

pub(super) fn still_signed_in(issuer: &Issuer, target: Option<&str>) -> Response {
    let body = format!("<p>Nothing was changed.</p>{}", way_back(target));
    plain(200, &issuer.url, "You are still signed in", &body)
}

fn way_back(target: Option<&str>) -> String {
    target.map_or_else(String::new, |target| {
        format!("<a class=\"button\" href=\"{}\" rel=\"noreferrer\">Return to the app</a>", Escaped(target))
    })
}

pub(super) fn not_found(issuer: &str) -> Response {
    let body = format!("<p>There is nothing here. The issuer is <code>{}</code>.</p>", Escaped(issuer));
    plain(404, issuer, "There is no such page", &body)
}

pub(super) fn wrong_method(issuer: &str) -> Response {
    plain(405, issuer, "Wrong method", "<p>This address does not accept that method.</p>")
}

pub(super) fn unknown_switch(issuer: &str, name: &str) -> Response {
    let shown: String = name.chars().take(MAX_REPEATED).collect();
    let similar: String = near(name).iter().map(|known| format!(" <code>{known}</code>")).collect();
    let similar = if similar.is_empty() { similar } else { format!("<p>Similar:{similar}</p>") };
    let body = format!(
        "<p>The address names a switch that the authorizer does not know.</p>\
         <p class=\"received\">Received: <code>{}</code></p>{similar}<p>No switch is on.</p>",
        Escaped(&shown),
    );
    plain(404, issuer, "There is no such switch", &body)
}

fn plain(status: u16, issuer: &str, title: &str, body: &str) -> Response {
    Page { status, issuer, form_target: None, script: None, title, body: body.to_owned() }.response()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_exactly_the_one_script() {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SUBMIT.as_bytes()));
        assert_eq!(SUBMIT_HASH, format!("'sha256-{hash}'"));
    }

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(Escaped("<a href='x' b=\"&\">").to_string(), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;");
    }
}
