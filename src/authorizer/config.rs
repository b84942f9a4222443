//! What one authorizer is set up for: its apps, its people, and how long things last.

/// The configuration of one authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The strict issuer: an absolute URL without query, fragment and closing slash. The other issuers are
    /// this one, `/~` and the names of switches joined by `+`.
    pub issuer_base: String,
    /// The registered apps.
    pub clients: Vec<ClientRegistration>,
    /// The people who can sign in.
    pub people: Vec<Person>,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// Whether the person is asked what an app may do.
    pub consent: ConsentPolicy,
    /// The person who is signed in without a page; `None`: the page asks.
    pub sign_in_as: Option<String>,
    /// The name of the cookie that tells the browsers apart; `None` for a carrier that serves one browser, such as a
    /// service worker, which cannot set cookies.
    pub session_cookie: Option<String>,
}

/// One app, registered as a public client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRegistration {
    /// The client identifier.
    pub client_id: String,
    /// The name that the pages show.
    pub name: String,
    /// The redirect URIs: `https`, or `http` on this machine; none with a fragment.
    pub redirect_uris: Vec<String>,
    /// Where the browser may go after sign-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// When it gets a refresh token.
    pub refresh_tokens: RefreshTokens,
    /// Whether it must bind its tokens to a key (RFC 9449).
    pub requires_dpop: bool,
    /// Whether it must push its requests (RFC 9126).
    pub requires_par: bool,
}

/// When a client gets a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshTokens {
    /// When the person granted `offline_access` (OpenID Connect Core, section 11).
    #[default]
    WithOfflineAccess,
    /// With every code.
    Always,
}

/// A person who can sign in. There is no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The subject identifier.
    pub sub: String,
    /// The name that the pages show, and the claim `name`.
    pub name: String,
    /// The e-mail address; empty if there is none.
    pub email: String,
    /// Further claims for the scope `profile`: name and JSON value.
    pub claims: Vec<(String, String)>,
}

/// How long things last, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// A code (FAPI 2.0 Security Profile, section 5.3.2.1: at most a minute).
    pub code: i64,
    /// An access token.
    pub access_token: i64,
    /// An ID token.
    pub id_token: i64,
    /// A family of tokens, from the exchange of the code. No rotation extends it.
    pub refresh_token: i64,
    /// The sign-in of a person here.
    pub session: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { code: 60, access_token: 300, id_token: 300, refresh_token: 8 * 3_600, session: 3_600 }
    }
}

/// Whether the person is asked what an app may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConsentPolicy {
    /// A page asks.
    #[default]
    Asked,
    /// Every app may do what it asks for.
    Given,
}

impl Config {
    /// The authorizer of the demo app at `app_base`, an absolute URL that ends with a slash.
    #[must_use]
    pub fn for_app(app_base: &str) -> Self {
        let client = ClientRegistration {
            client_id: "pkce-login-demo".to_owned(),
            name: "pkce-login demo".to_owned(),
            redirect_uris: vec![format!("{app_base}callback.html")],
            post_logout_redirect_uris: vec![app_base.to_owned()],
            refresh_tokens: RefreshTokens::Always,
            requires_dpop: false,
            requires_par: false,
        };
        Self {
            issuer_base: format!("{app_base}authorizer"),
            clients: vec![client],
            people: ["Ada", "Grace"].map(demo_person).into(),
            lifetimes: Lifetimes::default(),
            consent: ConsentPolicy::Asked,
            sign_in_as: None,
            session_cookie: None,
        }
    }

    pub(super) fn person(&self, sub: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.sub == sub)
    }
}

fn demo_person(name: &str) -> Person {
    let sub = name.to_ascii_lowercase();
    let claims = [("given_name", name), ("family_name", "Demo")];
    Person {
        name: format!("{name} Demo"),
        email: format!("{sub}@demo.example"),
        claims: claims.map(|(claim, value)| (claim.to_owned(), format!("\"{value}\""))).into(),
        sub,
    }
}

impl Person {
    /// Whether a `login_hint` means this person: by identifier or by e-mail address.
    pub(super) fn is_meant(&self, hint: &str) -> bool {
        hint == self.sub || (!self.email.is_empty() && hint.eq_ignore_ascii_case(&self.email))
    }
}
