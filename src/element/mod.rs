//! The views inside the shadow root of the element `<pkce-login>`.
//!
//! `element.js` handles the element: attributes, events, the session that several elements share. It passes what to
//! show to this module as one JSON text, and receives the presses. No secret passes through.

use std::cell::Cell;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::browser::auth::{AuthState, Ended};
use crate::client::ErrorKind;
use crate::protocol::json::{Object, Value, Writer};
use crate::script::Core;
use crate::view::{self, Button, Labels, Mode, Person, Size, Variant, View, ViewModel, ViewState};

/// What a person sees of a session, as JSON text: `state`, `name`, `kind`, `says`, and how the previous session
/// `ended`.
#[wasm_bindgen(js_name = viewStateOf)]
#[must_use]
pub fn view_state_of(core: &Core) -> String {
    let auth_state = core.auth().state();
    let state = ViewState::of(&auth_state);
    let ended = match &auth_state {
        AuthState::SignedOut(signed_out) => signed_out.ended(),
        _ => None,
    };
    let json = Writer::new().str("state", state.name()).str(
        "ended",
        match ended {
            Some(Ended::Elsewhere) => "session_ended",
            _ => "signed_out",
        },
    );
    match &state {
        ViewState::SignedIn { name } => json.str("name", name),
        ViewState::Denied { says } => json.some_str("says", says.as_deref()),
        ViewState::Error { kind, says } => json.str("kind", kind.name()).some_str("says", says.as_deref()),
        _ => json,
    }
    .finish()
}

/// Calls `may_leave` before the browser, or its popup, goes to the authorizer, with the address without secret
/// parameters. `false` keeps the browser here.
#[wasm_bindgen(js_name = beforeLeaving)]
pub fn before_leaving(core: &Core, may_leave: Function) {
    core.auth().before_leaving(move |url| {
        let answer = may_leave.call1(&JsValue::NULL, &JsValue::from_str(url));
        // An error in the page's function does not prevent the sign-in.
        answer.ok().and_then(|answer| answer.as_bool()) != Some(false)
    });
}

/// What to show.
#[derive(Clone, Default)]
struct Presentation {
    model: ViewModel,
    is_demo: bool,
    /// The language of the texts.
    lang: String,
    /// The language of the label, where the page gave one. Content of the element comes first.
    label_lang: String,
}

impl Presentation {
    /// Missing or unknown members get their default: the script has already reported them.
    fn from_json(json: &str) -> Self {
        let Ok(object) = Object::parse(json) else { return Self::default() };
        let text = |name: &str| object.str(name).unwrap_or_default();
        let is = |name: &str| object.get(name) == Some(&Value::Bool(true));
        let labels = match object.get("labels") {
            Some(Value::Object(labels)) => Labels::from_json(labels),
            _ => Labels::default(),
        };
        let model = ViewModel {
            state: view_state(text("state"), text("name"), text("kind"), text("says")),
            labels,
            variant: Variant::named(text("variant")),
            size: Size::named(text("size")),
            mode: Mode::named(text("mode")),
            is_disabled: is("disabled"),
            label: object.str("label").filter(|label| !label.is_empty()).map(str::to_owned),
        };
        Self { model, is_demo: is("demo"), lang: text("lang").to_owned(), label_lang: text("labelLang").to_owned() }
    }
}

fn view_state(state: &str, name: &str, kind: &str, says: &str) -> ViewState {
    let says = Some(says.to_owned()).filter(|says| !says.is_empty());
    match state {
        "redirecting" => ViewState::Redirecting,
        "exchanging" => ViewState::Exchanging,
        "signed-in" => ViewState::SignedIn { name: name.to_owned() },
        "error" => {
            let kind = ErrorKind::ALL.iter().copied().find(|known| known.name() == kind);
            ViewState::Error { kind: kind.unwrap_or(ErrorKind::Setup), says }
        }
        "denied" => ViewState::Denied { says },
        _ => ViewState::Idle,
    }
}

/// The views, with what only the element has: slots, and the word that marks the built-in authorizer.
#[wasm_bindgen]
pub struct Mounted {
    view: View,
    label: Element,
    person: Element,
    demo: Element,
    help: Element,
}

#[wasm_bindgen]
impl Mounted {
    /// Shows another presentation.
    pub fn update(&self, presentation: &str) {
        self.paint(&Presentation::from_json(presentation));
    }

    /// Removes the views.
    pub fn unmount(self) {
        self.view.base.remove();
    }
}

impl Mounted {
    /// Calls `on_action` directly in the click handler, with `sign-in` or `sign-out`.
    fn new(on_action: &Function) -> Result<Self, JsValue> {
        let tell = |action: &'static str| {
            let on_action = on_action.clone();
            move || {
                // A throwing handler is a fault of the script; no caller here can be told.
                let _ = on_action.call1(&JsValue::NULL, &JsValue::from_str(action));
            }
        };
        let slot = |name: &str| view::make("slot", &[("name", name)], &[]);
        let label = view::make("slot", &[], &[])?;
        let first = view::label(&[&*slot("icon")?, &label])?;
        let button = Button::new(&first, Some(label.clone().into()), tell("sign-in"))?;
        let user = Person::new(tell("sign-out"))?;
        let around = slot("signed-in")?;
        around.append_child(&user.element)?;
        let person = view::row(&[&*around])?;
        let demo = view::make("span", &[("class", "pkce-demo")], &[])?;
        let row = view::row(&[&*button.element, &*person, &*demo])?;
        let help = view::make("div", &[], &[&*slot("error")?])?;
        let (note, failure) = (view::note()?, view::failure()?);
        let pieces: [&web_sys::Node; 4] = [&row, &note, &failure, &help];
        let base = view::make("div", &[("class", "pkce-base"), ("part", "base")], &pieces)?;
        let view = View {
            base,
            button: Some(button),
            person: Some(user),
            note,
            failure: Some(failure),
            was_signed_in: Cell::default(),
        };
        Ok(Self { view, label, person, demo, help })
    }

    fn paint(&self, presentation: &Presentation) {
        let Presentation { model, is_demo, lang, label_lang } = presentation;
        let is_signed_in = model.state.is_signed_in();
        // The focus may move to the person or away: the row stays visible until it has moved.
        view::flag(&self.person, "hidden", false);
        self.view.paint(model);
        view::set(&self.view.base, "lang", Some(lang));
        view::set(&self.label, "lang", Some(if model.label.is_some() { label_lang } else { lang }));
        view::flag(&self.person, "hidden", !is_signed_in);
        view::flag(&self.demo, "hidden", !is_demo);
        view::write(&self.demo, &model.labels.demo);
        view::flag(&self.help, "hidden", !matches!(model.state, ViewState::Error { .. }));
    }
}

/// Puts the views into `root`, an empty element of the shadow root. Calls `on_action` directly in the click handler,
/// with `sign-in` or `sign-out`.
///
/// # Errors
/// What the browser threw, if it creates no elements.
#[wasm_bindgen]
pub fn mount(root: &HtmlElement, presentation: &str, on_action: &Function) -> Result<Mounted, JsValue> {
    let mounted = Mounted::new(on_action)?;
    mounted.paint(&Presentation::from_json(presentation));
    root.append_child(&mounted.view.base)?;
    Ok(mounted)
}
