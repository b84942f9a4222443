//! What the program is started with, and the world that this describes.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use pkce_login::authorizer::switches::{Behaviour, near};
use pkce_login::authorizer::{AuthorizerOptions, ClientOptions, Config, ConsentPolicy};
use pkce_login::protocol::url::AbsoluteUrl;

/// An OpenID provider for tests: strict, or wrong in the way that you name. It has no passwords and protects nothing.
#[derive(Debug, Parser)]
#[command(name = "pkce-login-authorizer", version)]
pub(crate) struct Arguments {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
    /// An app and its redirect URI. Repeat it for more apps, or for more redirect URIs of one app. After a sign-out the
    /// browser may go to the directory and to the root of a redirect URI.
    #[arg(long, value_name = "ID=REDIRECT_URI")]
    client: Vec<String>,
    /// A switch for the issuer that is printed. Every other issuer is served too.
    #[arg(long, value_name = "NAME")]
    switch: Vec<String>,
    /// Apps, people, lifetimes and more, as JSON: see docs/testing.md.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The person who is signed in without a page.
    #[arg(long, value_name = "SUB")]
    sign_in_as: Option<String>,
    /// Let every app do what it asks for, without a page.
    #[arg(long)]
    give_consent: bool,
    /// The URL under which browsers and clients reach it, if that is not http://localhost:PORT/.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Listen at this address instead of at loopback only. Everybody who reaches it can sign in as anybody.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) beyond_loopback: Option<IpAddr>,
    /// The form of the log, on standard error.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub(crate) log: LogForm,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// A line of text for each request and each refusal.
    Text,
    /// A line of JSON for each.
    Json,
    /// Nothing.
    None,
}

/// What the program serves.
pub(crate) struct World {
    pub(crate) config: Config,
    /// Scheme, host and port under which it is reached, without a closing slash.
    pub(crate) base: String,
    /// What to configure, for a person or a script.
    pub(crate) summary: String,
}

impl Arguments {
    /// The world at `port`.
    ///
    /// # Errors
    /// A sentence that names the option that cannot be used.
    pub(crate) fn world(&self, port: u16) -> Result<World, String> {
        let url = self.url.clone().unwrap_or_else(|| format!("http://localhost:{port}/"));
        let base = url.strip_suffix('/').unwrap_or(&url).to_owned();
        if !AbsoluteUrl::parse(&url).is_ok_and(|parsed| parsed.origin() == base) {
            return Err(format!(
                "--url: “{url}” is not an address of this server. Give https, or http on this machine, without a path."
            ));
        }
        let issuer_switches = self.issuer_switches()?;

        let mut options = self.options_of_file()?;
        for client in &self.client {
            add(&mut options.clients, client)?;
        }
        if options.clients.is_empty() {
            return Err(
                "No app is registered. Give --client ID=REDIRECT_URI, or --config FILE with clients.".to_owned()
            );
        }
        if self.sign_in_as.is_some() {
            options.sign_in_as.clone_from(&self.sign_in_as);
        }
        if self.give_consent {
            options.consent = ConsentPolicy::Given;
        }
        let mut config = options.into_config(&format!("{base}/")).map_err(|error| error.to_string())?;
        // Cookies are shared by all ports of a host.
        config.session_cookie = Some(format!("pkce-login-authorizer-{port}"));
        let summary = summary(&config, &issuer_switches);
        Ok(World { config, base, summary })
    }

    /// The part of the path of the issuer that names the switches.
    fn issuer_switches(&self) -> Result<String, String> {
        if self.switch.is_empty() {
            return Ok(String::new());
        }
        let names = self.switch.join("+");
        if let Err(unknown) = Behaviour::parse(&names) {
            let similar = match near(unknown).join(", ") {
                near if near.is_empty() => "docs/testing.md lists them".to_owned(),
                near => format!("similar: {near}"),
            };
            return Err(format!("--switch: there is no switch “{unknown}” ({similar})."));
        }
        Ok(format!("/~{names}"))
    }

    fn options_of_file(&self) -> Result<AuthorizerOptions, String> {
        let Some(file) = &self.config else { return Ok(AuthorizerOptions::default()) };
        let shown = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("--config: {shown}: {error}."))?;
        AuthorizerOptions::from_json(&text).map_err(|error| format!("--config: {shown}: {error}"))
    }
}

/// Adds `ID=REDIRECT_URI` to the clients: a new one, or another redirect URI of a known one.
fn add(clients: &mut Vec<ClientOptions>, text: &str) -> Result<(), String> {
    let wrong = || format!("--client: give ID=REDIRECT_URI, not “{text}”.");
    let (client_id, uri) =
        text.split_once('=').filter(|(id, uri)| !id.is_empty() && !uri.is_empty()).ok_or_else(wrong)?;
    let url = AbsoluteUrl::parse(uri).ok().filter(|url| url.fragment.is_none());
    let url = url.ok_or_else(|| {
        format!("--client: “{uri}” is no redirect URI. Give https, or http on this machine, without a fragment.")
    })?;
    let root = format!("{}/", url.origin());
    let directory =
        url.path.rsplit_once('/').map_or_else(|| root.clone(), |(path, _)| [&url.origin(), path, "/"].concat());

    let index = clients.iter().position(|client| client.client_id == client_id).unwrap_or_else(|| {
        clients.push(ClientOptions { client_id: client_id.to_owned(), ..ClientOptions::default() });
        clients.len() - 1
    });
    if let Some(client) = clients.get_mut(index) {
        client.redirect_uris.push(uri.to_owned());
        for after in [root, directory] {
            if !client.post_logout_redirect_uris.contains(&after) {
                client.post_logout_redirect_uris.push(after);
            }
        }
    }
    Ok(())
}

fn summary(config: &Config, switches: &str) -> String {
    let mut lines = vec![format!("issuer        {}{switches}", config.issuer_base)];
    for client in &config.clients {
        lines.push(format!("client_id     {}", client.client_id));
        lines.extend(client.redirect_uris.iter().map(|uri| format!("redirect_uri  {uri}")));
    }
    lines.extend(config.people.iter().map(|person| format!("person        {} ({})", person.sub, person.name)));
    lines.push("It has no passwords: for tests only. Ctrl+C stops it.\n".to_owned());
    lines.join("\n")
}
