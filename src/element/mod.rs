//! The views inside the shadow root of the element `<pkce-login>`.
//!
//! `element.js` has the element's life: attributes, events, the session that several elements share. It says here what
//! is to be shown, as one JSON text, and is told what was pressed. Nothing secret comes through.

use js_sys::Function;
use leptos::attr::custom::CustomAttribute as _;
use leptos::html::{self, ElementChild as _};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::browser::auth::{AuthState, Ended};
use crate::client::Concern;
use crate::components::parts::{self, Look};
use crate::components::{Mode, Shown, Size, Variant, Words};
use crate::protocol::json::{Object, Value, Writer};
use crate::script::Core;

/// What a person sees of a session, as JSON text: `state`, `name`, `concern`, and how the session before it `ended`.
#[wasm_bindgen(js_name = shownOf)]
#[must_use]
pub fn shown_of(core: &Core) -> String {
    let state = core.auth().state();
    let shown = Shown::of(&state);
    let ended = match &state {
        AuthState::SignedOut(signed_out) => signed_out.ended(),
        _ => None,
    };
    let json = Writer::new().str("state", shown.name()).str(
        "ended",
        match ended {
            Some(Ended::Elsewhere) => "session_ended",
            _ => "signed_out",
        },
    );
    match &shown {
        Shown::SignedIn { name } => json.str("name", name),
        Shown::Denied { says } => json.some_str("says", says.as_deref()),
        Shown::Error { concern, says } => json.str("concern", concern.name()).some_str("says", says.as_deref()),
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

/// Whatever has to be kept so that the views stay.
trait Kept {}
impl<M: leptos::tachys::view::Mountable> Kept for UnmountHandle<M> {}

/// What is to be shown.
#[derive(Clone, Default)]
struct Presentation {
    shown: Shown,
    words: Words,
    variant: Variant,
    size: Size,
    mode: Mode,
    is_disabled: bool,
    is_demo: bool,
    /// The language of the words.
    lang: String,
    /// The label of the button, and its language. Content of the element goes before it.
    label: Option<String>,
    label_lang: String,
}

impl Presentation {
    /// What is missing or unknown is as it is by default: the script has complained about it already.
    fn from_json(json: &str) -> Self {
        let Ok(object) = Object::parse(json) else { return Self::default() };
        let text = |name: &str| object.str(name).unwrap_or_default();
        let is = |name: &str| object.get(name) == Some(&Value::Bool(true));
        let words = match object.get("words") {
            Some(Value::Object(words)) => Words::from_json(words),
            _ => Words::default(),
        };
        Self {
            shown: shown(text("state"), text("name"), text("concern"), text("says")),
            words,
            variant: Variant::named(text("variant")),
            size: Size::named(text("size")),
            mode: Mode::named(text("mode")),
            is_disabled: is("disabled"),
            is_demo: is("demo"),
            lang: text("lang").to_owned(),
            label: object.str("label").filter(|label| !label.is_empty()).map(str::to_owned),
            label_lang: text("labelLang").to_owned(),
        }
    }
}

fn shown(state: &str, name: &str, concern: &str, says: &str) -> Shown {
    let says = Some(says.to_owned()).filter(|says| !says.is_empty());
    match state {
        "redirecting" => Shown::Redirecting,
        "exchanging" => Shown::Exchanging,
        "signed-in" => Shown::SignedIn { name: name.to_owned() },
        "error" => {
            let concern = Concern::ALL.iter().copied().find(|known| known.name() == concern);
            Shown::Error { concern: concern.unwrap_or(Concern::Setup), says }
        }
        "denied" => Shown::Denied { says },
        _ => Shown::Idle,
    }
}

/// The views, as long as this is kept.
#[wasm_bindgen]
pub struct Mounted {
    presentation: RwSignal<Presentation>,
    views: Box<dyn Kept>,
    /// Of the presentation, which outlives the views.
    _owner: Owner,
}

#[wasm_bindgen]
impl Mounted {
    /// Shows something else.
    pub fn update(&self, presentation: &str) {
        self.presentation.set(Presentation::from_json(presentation));
    }

    /// Takes the views away.
    pub fn unmount(self) {
        drop(self.views);
    }
}

/// Puts the views into `root`, an empty element of the shadow root. `on_action` is called in the press itself, with
/// `sign-in` or `sign-out`.
#[wasm_bindgen]
#[must_use]
pub fn mount(root: HtmlElement, presentation: &str, on_action: Function) -> Mounted {
    let presentation = Presentation::from_json(presentation);
    let owner = Owner::new();
    let presentation = owner.with(|| RwSignal::new(presentation));
    let views = mount_to(root, move || views(presentation, on_action));
    Mounted { presentation, views: Box::new(views), _owner: owner }
}

fn views(presentation: RwSignal<Presentation>, on_action: Function) -> impl IntoView {
    let of = move |choose: fn(&Presentation) -> String| Signal::derive(move || presentation.with(choose));
    let look = Look {
        shown: Signal::derive(move || presentation.with(|p| p.shown.clone())),
        words: Signal::derive(move || presentation.with(|p| p.words.clone())),
        variant: Signal::derive(move || presentation.with(|p| p.variant)),
        size: Signal::derive(move || presentation.with(|p| p.size)),
        mode: Signal::derive(move || presentation.with(|p| p.mode)),
        disabled: Signal::derive(move || presentation.with(|p| p.is_disabled)),
    };
    let tell = move |action: &'static str| {
        let on_action = on_action.clone();
        move || {
            // A handler that throws is the script's own; there is nobody here to tell.
            let _ = on_action.call1(&JsValue::NULL, &JsValue::from_str(action));
        }
    };
    let slot = |name: &'static str| html::slot().attr("name", name);
    let label = (
        slot("icon"),
        html::slot()
            .attr("lang", of(|p| if p.label.is_some() { p.label_lang.clone() } else { p.lang.clone() }))
            .child(of(|p| p.label.clone().unwrap_or_else(|| p.words.sign_in.clone().into_owned()))),
    );
    let demo = html::span()
        .attr("class", "pkce-demo")
        .attr("hidden", Signal::derive(move || presentation.with(|p| (!p.is_demo).then_some(""))))
        .child(of(|p| p.words.demo.clone().into_owned()));
    let person = html::div()
        .attr("class", "pkce-row")
        .attr("hidden", look.flag(|shown| !shown.is_signed_in()))
        .child(slot("signed-in").child(parts::user(look, tell("sign-out"))));
    let row = html::div().attr("class", "pkce-row").child((parts::button(look, label, tell("sign-in")), person, demo));
    let help =
        html::div().attr("hidden", look.flag(|shown| !matches!(shown, Shown::Error { .. }))).child(slot("error"));
    parts::base(
        look,
        Signal::derive(move || presentation.with(|p| Some(p.lang.clone()))),
        (row, parts::note(look), parts::failure(look), help),
    )
}
