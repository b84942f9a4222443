//! The views inside the shadow root of the element `<pkce-login>`.
//!
//! `element.js` has the element's life: attributes, events, the session that several elements share. It says here what
//! is to be shown, as one JSON text, and is told what was pressed. Nothing secret comes through.

use std::cell::Cell;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::browser::auth::{AuthState, Ended};
use crate::client::ErrorKind;
use crate::protocol::json::{Object, Value, Writer};
use crate::script::Core;
use crate::view::{self, Button, Labels, Mode, Person, Size, Variant, View, ViewModel, ViewState};

/// What a person sees of a session, as JSON text: `state`, `name`, `kind`, and how the session before it `ended`.
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

/// Has `may_leave` asked before the browser, or its window, goes to the authorizer: with the address, as far as it is
/// no secret. `false` keeps it here.
#[wasm_bindgen(js_name = beforeLeaving)]
pub fn before_leaving(core: &Core, may_leave: Function) {
    core.auth().before_leaving(move |url| {
        let answer = may_leave.call1(&JsValue::NULL, &JsValue::from_str(url));
        // A page's own fault keeps nobody from signing in.
        answer.ok().and_then(|answer| answer.as_bool()) != Some(false)
    });
}

/// What is to be shown.
#[derive(Clone, Default)]
struct Presentation {
    model: ViewModel,
    is_demo: bool,
    /// The language of the words.
    lang: String,
    /// That of the label, where the page gave one. Content of the element goes before it.
    label_lang: String,
}

impl Presentation {
    /// What is missing or unknown is as it is by default: the script has complained about it already.
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

/// The views, with what only the element has: slots, and where the built-in authorizer answers, the word for it.
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
    /// Shows something else.
    pub fn update(&self, presentation: &str) {
        self.paint(&Presentation::from_json(presentation));
    }

    /// Takes the views away.
    pub fn unmount(self) {
        self.view.base.remove();
    }
}

impl Mounted {
    /// `on_action` is called in the press itself, with `sign-in` or `sign-out`.
    fn new(on_action: &Function) -> Result<Self, JsValue> {
        let tell = |action: &'static str| {
            let on_action = on_action.clone();
            move || {
                // A handler that throws is the script's own; there is nobody here to tell.
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
        // The focus may go to the person, or come from there: the row is seen until it has.
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

/// Puts the views into `root`, an empty element of the shadow root. `on_action` is called in the press itself, with
/// `sign-in` or `sign-out`.
///
/// # Errors
/// What the browser says, where it makes no elements.
#[wasm_bindgen]
pub fn mount(root: &HtmlElement, presentation: &str, on_action: &Function) -> Result<Mounted, JsValue> {
    let mounted = Mounted::new(on_action)?;
    mounted.paint(&Presentation::from_json(presentation));
    root.append_child(&mounted.view.base)?;
    Ok(mounted)
}
