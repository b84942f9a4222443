//! Every option of the client on one page, without a framework.
//!
//! The options stand in the address (`?way=popup&catch=1`); the page shows each as a field. `cargo xtask every-option`
//! builds it. Without any option it signs in at the built-in authorizer.

use std::cell::RefCell;
use std::rc::Rc;

use pkce_login::browser::callback_worker::{self, CallbackWorkerError};
use pkce_login::browser::frame::{self, FrameError};
use pkce_login::browser::popup::{self, Cancel, Popup, PopupError};
use pkce_login::browser::{
    Answer, BrowserPlatform, KeepFresh, built_in, go_to, here, keep_fresh, location, navigate, received,
};
use pkce_login::client::ports::HttpRequest;
use pkce_login::client::{
    BeginOptions, Client, ClientConfig, Finished, LoginError, Session, Storage, came_back_from_sign_out,
};
use pkce_login::protocol::authorization_request::{Interaction, RequestOptions};
use pkce_login::protocol::explain::Explanation;
use pkce_login::protocol::form;
use pkce_login::protocol::json::Writer;
use pkce_login::protocol::metadata::DiscoveryKind;
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use pkce_login::protocol::url::AbsoluteUrl;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Document, Element, HtmlElement};

/// What the address says.
struct Options {
    config: ClientConfig,
    interaction: Interaction,
    request: RequestOptions,
    catch: bool,
    worker: String,
    call: Option<String>,
    stay: bool,
}

/// One option: its name in the address, what a person reads, what it may be (empty: any text), and what it does.
struct Row {
    name: &'static str,
    label: &'static str,
    choices: &'static [&'static str],
    set: fn(&mut Options, &str),
}

const fn text(name: &'static str, label: &'static str, set: fn(&mut Options, &str)) -> Row {
    Row { name, label, choices: &[], set }
}

const fn choice(
    name: &'static str,
    label: &'static str,
    choices: &'static [&'static str],
    set: fn(&mut Options, &str),
) -> Row {
    Row { name, label, choices, set }
}

/// Every way for an answer to come, by the protocol's names.
const MODES: [&str; 6] = ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"];

const OPTIONS: &[Row] = &[
    text("issuer", "Issuer", |options, value| options.config.issuer = value.to_owned()),
    text("client_id", "Client ID", |options, value| options.config.client_id = value.to_owned()),
    text("scope", "Scopes", |options, value| options.config.scope = Scope::parse(value)),
    choice("way", "Where the authorizer opens", &["redirect", "popup", "frame"], |options, value| {
        options.interaction = match value {
            "popup" => Interaction::Popup,
            "frame" => Interaction::Frame,
            _ => Interaction::Redirect,
        };
    }),
    choice("response_mode", "How the answer comes", &MODES, |options, value| {
        options.config.response_mode = ResponseMode::from_name(value).unwrap_or_default();
    }),
    choice("catch", "The callback worker catches it", &["0", "1"], |options, value| options.catch = value == "1"),
    text("worker", "The callback worker's script", |options, value| options.worker = value.to_owned()),
    choice("discovery", "Description", &["openid", "oauth"], |options, value| {
        options.config.discovery = if value == "oauth" { DiscoveryKind::OAuth } else { DiscoveryKind::OpenId };
    }),
    choice("require_iss", "Answers must name their issuer", &["0", "1"], |options, value| {
        options.config.require_iss = value == "1";
    }),
    choice("prompt", "Prompt", &["", "none", "login", "consent", "select_account"], |options, value| {
        options.request.prompt = some(value);
    }),
    text("login_hint", "Login hint", |options, value| options.request.login_hint = some(value)),
    text("max_age", "Oldest sign-in, in seconds", |options, value| options.request.max_age = value.parse().ok()),
    text("ui_locales", "Languages", |options, value| options.request.ui_locales = some(value)),
    text("acr_values", "Kinds of sign-in", |options, value| options.request.acr_values = some(value)),
    text("resource", "Resource", |options, value| options.request.resource = some(value)),
    text("authorization_details", "Authorization details, JSON", |options, value| {
        options.request.authorization_details = some(value);
    }),
    text("claims", "Claims, JSON", |options, value| options.request.claims = some(value)),
    choice("storage", "Where the tokens are kept", &["memory", "tab", "device"], |options, value| {
        options.config.storage = match value {
            "tab" => Storage::Tab,
            "device" => Storage::Device,
            _ => Storage::Memory,
        };
    }),
    choice("dpop", "Bound to a key of this browser", &["0", "1"], |options, value| {
        options.config.dpop = value == "1";
    }),
    choice("push", "The request is left there beforehand", &["0", "1"], |options, value| {
        options.config.pushed_requests = value == "1";
    }),
    text("api", "An API that may have the access token", |options, value| {
        options.config.api_origins = AbsoluteUrl::parse(value).iter().map(AbsoluteUrl::origin).collect();
    }),
    text("call", "What to call, if it is not that API", |options, value| options.call = some(value)),
    choice("stay", "Sign out here alone", &["0", "1"], |options, value| options.stay = value == "1"),
];

fn some(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

impl Options {
    fn of_address() -> Self {
        let base = base();
        let config = ClientConfig::new(format!("{base}authorizer"), "pkce-login-demo", format!("{base}callback.html"));
        let mut options = Self {
            config,
            interaction: Interaction::default(),
            request: RequestOptions::default(),
            catch: false,
            worker: "callback-worker.js".to_owned(),
            call: None,
            stay: false,
        };
        for row in OPTIONS {
            if let Some(value) = given(row.name) {
                (row.set)(&mut options, &value);
            }
        }
        options
    }

    fn begin(&self) -> BeginOptions {
        BeginOptions { return_to: here(), interaction: self.interaction, request: self.request.clone() }
    }
}

/// Everything that a press on a button can end with.
enum Trouble {
    Login(LoginError),
    CallbackWorker(CallbackWorkerError),
    Popup(PopupError),
    Frame(FrameError),
    BuiltIn(built_in::BuiltInError),
}

impl Trouble {
    fn code(&self) -> &str {
        match self {
            Self::Login(error) => error.code(),
            Self::CallbackWorker(error) => error.code(),
            Self::Popup(error) => error.code(),
            Self::Frame(error) => error.code(),
            Self::BuiltIn(error) => error.code(),
        }
    }

    fn explain(&self) -> Explanation {
        match self {
            Self::Login(error) => error.explain(),
            Self::CallbackWorker(error) => error.explain(),
            Self::Popup(error) => error.explain(),
            Self::Frame(error) => error.explain(),
            Self::BuiltIn(error) => error.explain(),
        }
    }
}

macro_rules! into_trouble {
    ($($variant:ident: $error:ty),+) => {$(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )+};
}
into_trouble!(Login: LoginError, CallbackWorker: CallbackWorkerError, Popup: PopupError, Frame: FrameError, BuiltIn: built_in::BuiltInError);

struct Page {
    options: Options,
    client: Client<BrowserPlatform>,
    session: RefCell<Option<Session<BrowserPlatform>>>,
    /// Keeps the session's tokens fresh.
    waking: RefCell<Option<KeepFresh>>,
    /// What the API answered, or how the sign-out ended.
    note: RefCell<String>,
    cancel: RefCell<Option<Cancel>>,
    document: Document,
}

fn main() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let options = Options::of_address();
    let client = Client::new(options.config.clone(), Rc::new(BrowserPlatform));
    let page = Rc::new(Page {
        options,
        client,
        session: RefCell::default(),
        waking: RefCell::default(),
        note: RefCell::default(),
        cancel: RefCell::default(),
        document,
    });
    page.show_options();
    page.on_press("sign-in", |page| {
        // The window has to be opened here: after the first wait it would be blocked.
        let popup = (page.options.interaction == Interaction::Popup).then(popup::open).transpose();
        spawn_local(async move {
            page.say("signing_in", None);
            let result = match popup {
                Ok(popup) => page.sign_in(popup).await,
                Err(blocked) => Err(blocked.into()),
            };
            page.cancel.take();
            page.show(result);
        });
    });
    page.on_press("cancel", |page| {
        if let Some(cancel) = &*page.cancel.borrow() {
            cancel.cancel();
        }
    });
    page.on_press("refresh", |page| page.with_session(async |_, session| session.refresh().await));
    page.on_press("userinfo", |page| page.with_session(async |_, session| session.userinfo().await.map(drop)));
    page.on_press("call-api", |page| page.with_session(Page::call_api));
    page.on_press("sign-out", |page| page.with_session(Page::sign_out));
    spawn_local(async move {
        let result = page.resume().await;
        page.show(result);
    });
}

impl Page {
    /// What has to be there before the browser goes anywhere.
    async fn prepare(&self) -> Result<(), Trouble> {
        let base = base();
        let mut there = None;
        if self.options.config.issuer.starts_with(&format!("{base}authorizer")) {
            let running = built_in::ensure_ready(&format!("{base}authorizer-worker.js"), &base).await?;
            until(|| running.is_controlling()).await;
            there = Some(running);
        }
        if self.options.catch {
            let worker = callback_worker::ensure_ready(&self.options.worker, &self.options.config.redirect_uri).await?;
            if let Some(built_in) = &there {
                worker.exchange_at(built_in);
            }
        }
        Ok(())
    }

    async fn resume(self: &Rc<Self>) -> Result<(), Trouble> {
        let answer = received().map(Answer::present).transpose()?;
        // Early, so that a press finds all of it ready.
        self.prepare().await?;
        match answer {
            Some(answer) => self.finish(&answer).await,
            None if came_back_from_sign_out(&BrowserPlatform, &location()) => {
                self.note.replace("came back from the authorizer's sign-out".to_owned());
                Ok(())
            }
            None => {
                if let Some(session) = self.client.resume().await {
                    self.hold(session);
                }
                Ok(())
            }
        }
    }

    fn hold(self: &Rc<Self>, session: Session<BrowserPlatform>) {
        let page = Rc::downgrade(self);
        // Also when another tab renewed the tokens or signed out.
        session.watch(move || {
            if let Some(page) = page.upgrade() {
                page.show(Ok(()));
            }
        });
        self.waking.replace(Some(keep_fresh(&session)));
        self.session.replace(Some(session));
    }

    async fn call_api(self: Rc<Self>, session: Session<BrowserPlatform>) -> Result<(), LoginError> {
        let url = self.options.call.clone().or(given("api")).unwrap_or_default();
        let answer = session.call(HttpRequest::get(url)).await?;
        self.note.replace(format!("the API answered {}", answer.status));
        Ok(())
    }

    async fn sign_out(self: Rc<Self>, session: Session<BrowserPlatform>) -> Result<(), LoginError> {
        let out = session.sign_out(&base()).await;
        if let Some(url) = out.at_authorizer.filter(|_| !self.options.stay) {
            let _ = navigate(&url);
        }
        out.revoked
    }

    async fn sign_in(self: &Rc<Self>, popup: Option<Popup>) -> Result<(), Trouble> {
        self.prepare().await?;
        let started = self.client.begin(&self.options.begin()).await?;
        let answer = match (self.options.interaction, popup) {
            (Interaction::Popup, Some(popup)) => {
                self.cancel.replace(Some(popup.canceller()));
                popup.ask(&started).await?
            }
            (Interaction::Frame, _) => frame::ask(&started).await?,
            _ => {
                let _ = navigate(&started.url);
                return Ok(());
            }
        };
        self.finish(&answer).await
    }

    async fn finish(self: &Rc<Self>, answer: &Answer) -> Result<(), Trouble> {
        if let Finished::SignedIn(session) = self.client.finish(&answer.address, answer.body.as_deref()).await? {
            self.hold(session);
        }
        Ok(())
    }

    fn with_session(
        self: Rc<Self>,
        work: impl AsyncFnOnce(Rc<Self>, Session<BrowserPlatform>) -> Result<(), LoginError> + 'static,
    ) {
        let Some(session) = self.session.borrow().clone() else { return };
        spawn_local(async move {
            let result = work(Rc::clone(&self), session).await;
            self.show(result.map_err(Trouble::Login));
        });
    }

    fn show(&self, result: Result<(), Trouble>) {
        match result {
            Err(trouble) => self.say("failed", Some(&trouble)),
            Ok(()) if self.session.borrow().as_ref().is_some_and(Session::is_active) => self.say("signed_in", None),
            Ok(()) => self.say("signed_out", None),
        }
    }

    /// The state in words for a person, and as JSON for a test. Never a token.
    fn say(&self, status: &str, trouble: Option<&Trouble>) {
        let session = self.session.borrow();
        let person = session.as_ref().filter(|session| session.is_active()).map(|session| session.person().to_owned());
        let times = count_up(&self.document);
        let state = Writer::new()
            .str("status", status)
            .some_str("person", person.as_deref())
            .some_str("code", trouble.map(Trouble::code))
            .some_str("note", Some(self.note.borrow().as_str()).filter(|note| !note.is_empty()))
            .bool("refreshable", session.as_ref().is_some_and(Session::can_refresh))
            .int("lasts_until", session.as_ref().and_then(Session::expires_at).unwrap_or_default())
            .int("changes", times)
            .finish();
        let words = match (trouble.map(Trouble::explain), &person) {
            (Some(texts), _) => format!("{} {} {}", texts.happened, texts.means, texts.to_do),
            (None, Some(person)) => format!("Signed in as {person}."),
            (None, None) if status == "signing_in" => "Signing in.".to_owned(),
            (None, None) => "Signed out.".to_owned(),
        };
        self.element("words", |element| element.set_text_content(Some(&words)));
        self.element("state", |element| element.set_text_content(Some(&state)));
    }

    fn on_press(self: &Rc<Self>, id: &str, act: fn(Rc<Self>)) {
        let page = Rc::clone(self);
        let pressed = Closure::<dyn FnMut()>::new(move || act(Rc::clone(&page)));
        self.element(id, |element| {
            if let Some(button) = element.dyn_ref::<HtmlElement>() {
                button.set_onclick(Some(pressed.as_ref().unchecked_ref()));
            }
        });
        // The buttons live as long as the page.
        pressed.forget();
    }

    fn show_options(&self) {
        for row in OPTIONS {
            // Without a document there is nobody to show it to.
            let _ = self.show_option(row);
        }
    }

    fn show_option(&self, row: &Row) -> Option<()> {
        let create = |name| self.document.create_element(name).ok();
        let (label, value) = (create("label")?, given(row.name).unwrap_or_default());
        label.set_text_content(Some(row.label));
        let field = if row.choices.is_empty() {
            let field = create("input")?;
            field.set_attribute("value", &value).ok()?;
            field
        } else {
            let field = create("select")?;
            for known in row.choices {
                let option = create("option")?;
                option.set_text_content(Some(known));
                if *known == value {
                    option.set_attribute("selected", "").ok()?;
                }
                field.append_child(&option).ok()?;
            }
            field
        };
        field.set_attribute("name", row.name).ok()?;
        label.append_child(&field).ok()?;
        self.element("options", |form| {
            let _ = form.insert_before(&label, form.last_element_child().as_deref());
        });
        Some(())
    }

    fn element(&self, id: &str, work: impl FnOnce(&Element)) {
        if let Some(element) = self.document.get_element_by_id(id) {
            work(&element);
        }
    }
}

/// Counts what is said, so that a test can tell an old word from a new one that is the same.
fn count_up(document: &Document) -> i64 {
    let Some(state) = document.get_element_by_id("state") else { return 0 };
    let times = state.get_attribute("data-changes").and_then(|times| times.parse::<i64>().ok()).unwrap_or(0) + 1;
    let _ = state.set_attribute("data-changes", &times.to_string());
    times
}

/// The option of that name in the address; an empty one counts as not given.
fn given(name: &str) -> Option<String> {
    let location = location();
    let address = location.split('#').next().unwrap_or_default();
    let query = address.split_once('?').map_or("", |(_, query)| query);
    form::pairs(query).find(|pair| pair.name == name).map(|pair| pair.value.into_owned()).filter(|it| !it.is_empty())
}

/// The directory of this page.
fn base() -> String {
    let location = location();
    let page = location.split(['?', '#']).next().unwrap_or_default();
    page.rfind('/').and_then(|at| page.get(..=at)).unwrap_or_default().to_owned()
}

/// Waits until something is so, three seconds at most. A worker that has just started takes its pages over soon.
async fn until(is_so: impl Fn() -> bool) {
    let Some(window) = web_sys::window() else { return };
    for _ in 0..60 {
        if is_so() {
            return;
        }
        let tick = js_sys::Promise::new(&mut |resolve, _| {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 50);
        });
        let _ = JsFuture::from(tick).await;
    }
    // After a hard reload the browser leaves a page alone until the next load.
    if !is_so() {
        go_to(&here());
    }
}
