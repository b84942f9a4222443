//! The Rust half of the API: `core.js` holds one [`Auth`] and talks to it in JSON text. Errors are thrown as the JSON
//! text of a [`Report`].

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::Window;

use super::call::Call;
use super::options::OptionsError;
use super::options::{Authorizer, LoginChoices, LogoutChoices, Options, Page, TokenChoices};
use super::report::{Report, SnapshotError, thrown};
use super::snapshot;
use crate::browser::auth::{AuthState, SignedIn, SignedOut, Watching};
use crate::browser::popup::Popup;
use crate::browser::{
    Auth, BrowserPlatform, SignInError, callback_worker, default_redirect_uri, location, popup, use_fetch,
};
use crate::client::{ApiError, ClientConfig, LoginError, Prepare, Session};
use crate::protocol::response_mode::ResponseMode;

/// The file of the callback worker, beside the callback page.
const CALLBACK_WORKER: &str = "callback-worker.js";

/// One app at one authorizer, on this page.
#[wasm_bindgen]
pub struct Core {
    auth: Auth,
    shown: Rc<ViewState>,
    _watching: Watching,
}

/// The last session that the page was shown, and its number: a call for an earlier session must not act for another
/// person.
struct ViewState {
    session: RefCell<Option<Session<BrowserPlatform>>>,
    number: Cell<u32>,
    changed: Function,
}

impl ViewState {
    fn tell(&self) {
        // Errors of this function are not errors of the client.
        let _ = self.changed.call0(&JsValue::UNDEFINED);
    }

    fn take(self: &Rc<Self>, state: &AuthState) {
        if let AuthState::SignedIn(signed_in) = state {
            let session = signed_in.session();
            let is_known = self.session.borrow().as_ref().is_some_and(|known| known.is_same(session));
            if !is_known {
                self.number.set(self.number.get().wrapping_add(1));
                *self.session.borrow_mut() = Some(session.clone());
                // Renewed tokens are not a new state, but a page may show when they expire.
                let this = Rc::downgrade(self);
                session.watch(move || {
                    if let Some(this) = this.upgrade() {
                        this.tell();
                    }
                });
            }
        }
    }
}

#[wasm_bindgen]
impl Core {
    /// Reads the options. Returns the directory of the built-in authorizer if they ask for it.
    ///
    /// # Errors
    /// A [`Report`] of what is wrong with them.
    pub fn check(options: &str) -> Result<Option<String>, JsValue> {
        Ok(match read(options)?.authorizer {
            Authorizer::BuiltIn { base } => Some(base),
            Authorizer::Elsewhere => None,
        })
    }

    /// Sends the requests of this page through a function like `fetch`.
    #[wasm_bindgen(js_name = useFetch)]
    pub fn use_transport(transport: Function) {
        use_fetch(transport);
    }

    /// Starts to find out who is signed in, and calls `changed` whenever the snapshot changes.
    ///
    /// # Errors
    /// A [`Report`] of what is wrong with the options.
    pub fn open(options: &str, changed: Function) -> Promise {
        let options = read(options);
        answer(async move {
            let Options { mut config, authorizer } = options?;
            if authorizer != Authorizer::Elsewhere {
                // The press starts the worker, which answers no request before.
                config.prepare = Prepare::Press;
            }
            // Before a response is taken: only then the page asks the worker for a caught response.
            callback_worker::exchange_caught();
            ready_to_catch(&config).await;
            let auth = Auth::start(config);
            let idle = auth.clone();
            auth.prepare_when_idle(move || prepare(&idle));
            let shown = Rc::new(ViewState { session: RefCell::default(), number: Cell::default(), changed });
            shown.take(&auth.state());
            let watched = Rc::clone(&shown);
            let watching = auth.watch(move |state| {
                watched.take(state);
                watched.tell();
            });
            Ok(Self { auth, shown, _watching: watching }.into())
        })
    }

    /// The present state.
    #[must_use]
    pub fn snapshot(&self) -> String {
        snapshot::of(&self.auth.state(), self.shown.number.get())
    }

    /// Prepares what a login needs, so that [`login`](Self::login) has nothing to wait for.
    pub fn prepare(&self) {
        prepare(&self.auth);
    }

    /// Sends the browser to the authorizer once the promise `ready` resolves.
    ///
    /// # Errors
    /// A [`Report`], or the reason why `ready` rejects.
    pub fn login(&self, options: &str, ready: JsValue) -> Promise {
        let (choices, auth) = (LoginChoices::read(options), self.auth.clone());
        answer(async move {
            let choices = choices.map_err(wrong)?;
            signed_out(&auth)?;
            wait(&ready).await?;
            ready_to_catch(auth.config()).await;
            done(signed_out(&auth)?.login_with(choices.into()).await)
        })
    }

    /// Signs in in a popup, which opens at once: call it in the press. Or in `window`, which the page opened in the
    /// press.
    ///
    /// # Errors
    /// A [`Report`], or the reason why `ready` rejects.
    #[wasm_bindgen(js_name = loginInPopup)]
    pub fn login_in_popup(&self, options: &str, ready: JsValue, window: Option<Window>) -> Result<Promise, JsValue> {
        let choices = LoginChoices::read(options).map_err(wrong)?;
        self.signed_out()?;
        let popup = window.map_or_else(popup::open, |window| Ok(Popup::adopt(window))).map_err(thrown)?;
        let auth = self.auth.clone();
        Ok(answer(async move {
            // An error drops `popup`, which closes the window.
            wait(&ready).await?;
            ready_to_catch(auth.config()).await;
            // A sign-in may have completed meanwhile.
            signed_out(&auth)?.login_in(popup, choices.into()).await.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Signs in without showing anything; `false` if the authorizer would have to ask the person.
    ///
    /// # Errors
    /// A [`Report`], or the reason why `ready` rejects.
    #[wasm_bindgen(js_name = loginSilently)]
    pub fn login_silently(&self, options: &str, ready: JsValue) -> Promise {
        let (choices, auth) = (LoginChoices::read(options), self.auth.clone());
        answer(async move {
            let choices = choices.map_err(wrong)?;
            signed_out(&auth)?;
            wait(&ready).await?;
            ready_to_catch(auth.config()).await;
            let signed_in = signed_out(&auth)?.login_silently_with(choices.into()).await.map_err(thrown)?;
            Ok(signed_in.is_some().into())
        })
    }

    /// Takes a response that arrived at a page of the app. The next snapshot shows the result.
    #[wasm_bindgen(js_name = handleCallback)]
    pub fn handle_callback(&self, url: Option<String>) -> Promise {
        let auth = self.auth.clone();
        answer(async move {
            ready_to_catch(auth.config()).await;
            let url = url.unwrap_or_else(location);
            let _ = auth.handle_callback(&url).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// An access token that is valid for as long as the options demand.
    ///
    /// # Errors
    /// A [`Report`].
    #[wasm_bindgen(js_name = accessToken)]
    pub fn access_token(&self, session: u32, options: &str) -> Promise {
        let (choices, signed_in) = (TokenChoices::read(options), self.signed_in(session));
        answer(async move {
            let choices = choices.map_err(wrong)?;
            let token = signed_in?.session().access_token_for(choices.min_validity).await;
            token.map(|(_, token)| token.expose().into()).map_err(thrown)
        })
    }

    /// Claims about the person, as JSON text.
    ///
    /// # Errors
    /// A [`Report`].
    pub fn userinfo(&self, session: u32) -> Promise {
        let signed_in = self.signed_in(session);
        answer(async move { Ok(signed_in?.session().userinfo().await.map_err(thrown)?.claims().into()) })
    }

    /// Renews the tokens.
    ///
    /// # Errors
    /// A [`Report`].
    pub fn refresh(&self, session: u32) -> Promise {
        let signed_in = self.signed_in(session);
        answer(async move { done(signed_in?.session().refresh().await) })
    }

    /// Revokes the tokens.
    ///
    /// # Errors
    /// A [`Report`]. The session has ended here all the same.
    pub fn revoke(&self, session: u32) -> Promise {
        let signed_in = self.signed_in(session);
        answer(async move { done(signed_in?.session().revoke().await) })
    }

    /// Signs out.
    ///
    /// # Errors
    /// A [`Report`]. Unless the options are wrong, the session has ended here all the same.
    pub fn logout(&self, session: u32, options: &str) -> Promise {
        let choices = with_page(|page| LogoutChoices::read(options, page));
        let signed_in = self.signed_in(session);
        answer(async move { done(signed_in?.logout_with(choices.map_err(wrong)?.into()).await) })
    }

    /// Whether the token of a session may be sent to an address.
    ///
    /// # Errors
    /// A [`Report`].
    #[wasm_bindgen(js_name = mayCall)]
    pub fn may_call(&self, session: u32, url: &str) -> Result<bool, JsValue> {
        Ok(self.signed_in(session)?.session().may_call(url))
    }

    /// Begins a call of an API. `is_dressed` says that the page itself set a header that carries the token.
    ///
    /// # Errors
    /// A [`Report`].
    pub fn call(&self, session: u32, method: &str, url: &str, is_dressed: bool) -> Result<Call, JsValue> {
        let signed_in = self.signed_in(session)?;
        if is_dressed {
            return Err(thrown(LoginError::from(ApiError::ReservedHeader)));
        }
        signed_in.session().api_call(method, url).map(Call::new).map_err(thrown)
    }

    /// The [`Auth`] behind this object, for the element.
    #[cfg(feature = "element")]
    pub(crate) fn auth(&self) -> &Auth {
        &self.auth
    }

    fn signed_out(&self) -> Result<SignedOut, JsValue> {
        signed_out(&self.auth)
    }

    fn signed_in(&self, number: u32) -> Result<SignedIn, JsValue> {
        match self.auth.state() {
            AuthState::SignedIn(signed_in) if number == self.shown.number.get() => Ok(signed_in),
            _ => Err(misused(SnapshotError::SignedOut)),
        }
    }
}

fn signed_out(auth: &Auth) -> Result<SignedOut, JsValue> {
    match auth.state() {
        AuthState::SignedOut(signed_out) => Ok(signed_out),
        AuthState::SignedIn(_) => Err(misused(SnapshotError::SignedIn)),
        AuthState::Pending(_) => Err(misused(SnapshotError::Pending)),
    }
}

fn with_page<T>(read: impl FnOnce(&Page<'_>) -> T) -> T {
    let window = web_sys::window();
    let origin = window.as_ref().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    let base = window.as_ref().and_then(|window| window.document()?.base_uri().ok()?);
    let callback = default_redirect_uri();
    read(&Page {
        origin: &origin,
        base: base.as_deref().unwrap_or_default(),
        callback: &callback,
        is_secure: window.is_some_and(|window| window.is_secure_context()),
    })
}

fn read(options: &str) -> Result<Options, JsValue> {
    with_page(|page| Options::read(options, page)).map_err(wrong)
}

/// Prepares what a press would wait for: metadata, keys and, where there is one, the callback worker.
fn prepare(auth: &Auth) {
    if !auth.prepare() {
        return;
    }
    let config = auth.config();
    if config.response_mode.component() == ResponseMode::Query {
        let script = super::options::beside(&config.redirect_uri, CALLBACK_WORKER);
        let redirect_uri = config.redirect_uri.clone();
        spawn_local(async move { callback_worker::use_if_there(&script, &redirect_uri).await });
    }
}

/// Only the callback worker can take a response that comes as a form. Without the worker the login says so.
async fn ready_to_catch(config: &ClientConfig) {
    if config.response_mode.component() == ResponseMode::FormPost {
        let script = super::options::beside(&config.redirect_uri, CALLBACK_WORKER);
        let _ = callback_worker::ensure_ready(&script, &config.redirect_uri).await;
    }
}

/// The promise for a script. Boxed, so that the code that turns a future into a promise is in the module once.
fn answer(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let work: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(work);
    future_to_promise(work)
}

fn done(result: Result<(), impl Into<SignInError>>) -> Result<JsValue, JsValue> {
    result.map(|()| JsValue::UNDEFINED).map_err(thrown)
}

async fn wait(ready: &JsValue) -> Result<(), JsValue> {
    if !ready.is_undefined() {
        JsFuture::from(Promise::resolve(ready)).await?;
    }
    Ok(())
}

fn wrong(error: OptionsError) -> JsValue {
    Report::of_options(&error).as_str().into()
}

fn misused(error: SnapshotError) -> JsValue {
    Report::of_snapshot(error).as_str().into()
}
