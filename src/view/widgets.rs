//! The parts of the views.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, Node};

use super::dom::{document, flag, make, on, set, write};
use super::labels::Labels;
use super::view_state::{Mode, Size, Variant, ViewState};

/// What a view shows, and how.
#[derive(Clone, Default)]
pub(crate) struct ViewModel {
    pub(crate) state: ViewState,
    pub(crate) labels: Labels,
    pub(crate) variant: Variant,
    pub(crate) size: Size,
    pub(crate) mode: Mode,
    pub(crate) is_disabled: bool,
    /// The label of the button, in place of the one in `labels`.
    pub(crate) label: Option<String>,
}

/// The parts of one view. The style sheet alone styles everything below `base`.
pub(crate) struct View {
    pub(crate) base: Element,
    pub(crate) button: Option<Button>,
    pub(crate) person: Option<Person>,
    pub(crate) note: Element,
    pub(crate) failure: Option<Element>,
    pub(crate) was_signed_in: Cell<Option<bool>>,
}

impl View {
    /// Shows `model`.
    pub(crate) fn paint(&self, model: &ViewModel) {
        let state = &model.state;
        let next = self.next_focus(state.is_signed_in());
        set(&self.base, "data-state", Some(state.name()));
        flag(&self.base, "data-looking", *state == ViewState::Looking);
        if let Some(button) = &self.button {
            button.paint(model);
        }
        if let Some(person) = &self.person {
            person.paint(model);
        }
        write(&self.note, &note_of(model));
        if let Some(failure) = &self.failure {
            write(failure, &failure_of(model));
        }
        if let Some(next) = next {
            let _ = next.unchecked_ref::<HtmlElement>().focus();
        }
    }

    /// Where the focus goes if the part that has it disappears: from the button to the person, and back.
    fn next_focus(&self, is_signed_in: bool) -> Option<&Element> {
        let was = self.was_signed_in.replace(Some(is_signed_in));
        if was.is_none_or(|was| was == is_signed_in) {
            return None;
        }
        let (button, person) = (&self.button.as_ref()?.element, &self.person.as_ref()?.element);
        let (left, next) = if is_signed_in { (button, person) } else { (person, button) };
        left.matches(":focus-within").unwrap_or(false).then_some(next)
    }
}

/// The attributes of a part: a class for the style sheet and a name for page styles.
fn part<'a>(class: &'a str, part: &'a str) -> [(&'a str, &'a str); 2] {
    [("class", class), ("part", part)]
}

/// The button. All its labels lie on top of one another and one is visible, so its size never changes.
///
/// A busy button stays focusable: a disabled button loses the focus, and a screen reader would not announce the result.
pub(crate) struct Button {
    pub(crate) element: Element,
    is_busy: Rc<Cell<bool>>,
    /// The text of the first label, unless the app supplied other content.
    label: Option<Node>,
    opening: Node,
    exchanging: Node,
    try_again: Node,
}

impl Button {
    /// `first` is the label of the idle button, `text` the node in it that follows the model.
    pub(crate) fn new(first: &Element, text: Option<Node>, press: impl Fn() + 'static) -> Result<Self, JsValue> {
        let (opening, exchanging, try_again) = (self::text()?, self::text()?, self::text()?);
        let labels: [&Node; 4] = [
            first,
            &*label(&[&*spinner()?, &opening])?,
            &*label(&[&*spinner()?, &exchanging])?,
            &*label(&[&try_again])?,
        ];
        let [class, name] = part("pkce-button", "button");
        let element = make("button", &[("type", "button"), class, name], &labels)?;
        let is_busy = Rc::new(Cell::new(false));
        let waits = Rc::clone(&is_busy);
        on(&element, "click", move || {
            if !waits.get() {
                press();
            }
        })?;
        Ok(Self { element, is_busy, label: text, opening, exchanging, try_again })
    }

    /// Calls `near` when a pointer or the focus comes to the button: then a press is likely.
    #[cfg(feature = "components")]
    pub(crate) fn on_near(&self, near: impl Fn() + Clone + 'static) -> Result<(), JsValue> {
        on(&self.element, "pointerenter", near.clone())?;
        on(&self.element, "focusin", near)
    }

    fn paint(&self, model: &ViewModel) {
        let (state, labels, element) = (&model.state, &model.labels, &self.element);
        self.is_busy.set(state.is_busy());
        set(element, "data-variant", Some(model.variant.name()));
        set(element, "data-size", Some(model.size.name()));
        set(element, "aria-disabled", state.is_busy().then_some("true"));
        flag(element, "disabled", model.is_disabled);
        flag(element, "hidden", state.is_signed_in());
        if let Some(text) = &self.label {
            write(text, model.label.as_deref().unwrap_or(&labels.sign_in));
        }
        write(&self.opening, if model.mode == Mode::Popup { &labels.waiting } else { &labels.redirecting });
        write(&self.exchanging, &labels.exchanging);
        write(&self.try_again, &labels.try_again);
    }
}

/// One label of a button.
pub(crate) fn label(children: &[&Node]) -> Result<Element, JsValue> {
    make("span", &[("class", "pkce-label")], children)
}

fn spinner() -> Result<Element, JsValue> {
    let [class, name] = part("pkce-spinner", "spinner");
    make("span", &[class, name, ("aria-hidden", "true")], &[])
}

/// A text node that is filled later.
pub(crate) fn text() -> Result<Node, JsValue> {
    Ok(document()?.create_text_node("").into())
}

/// Parts side by side.
pub(crate) fn row(children: &[&Node]) -> Result<Element, JsValue> {
    make("div", &[("class", "pkce-row")], children)
}

/// Who is signed in, and the button that signs out. A screen reader hears the group name once, not the parts.
pub(crate) struct Person {
    pub(crate) element: Element,
    initial: Element,
    name: Element,
    out: Element,
}

impl Person {
    pub(crate) fn new(press: impl Fn() + 'static) -> Result<Self, JsValue> {
        let silent = |[class, part]: [_; 2]| [class, part, ("aria-hidden", "true")];
        let initial = make("span", &silent(part("pkce-avatar", "avatar")), &[])?;
        let name = make("bdi", &silent(part("pkce-name", "name")), &[])?;
        let [class, part_of_out] = part("pkce-button", "sign-out-button");
        let out = make("button", &[("type", "button"), class, part_of_out, ("data-variant", "outline")], &[])?;
        on(&out, "click", press)?;
        let [class, part_of_user] = part("pkce-user", "user");
        let attributes = [class, part_of_user, ("role", "group"), ("tabindex", "-1")];
        let element = make("div", &attributes, &[&*initial, &*name, &*out])?;
        Ok(Self { element, initial, name, out })
    }

    fn paint(&self, model: &ViewModel) {
        let name = match &model.state {
            ViewState::SignedIn { name } => name,
            _ => "",
        };
        set(&self.element, "aria-label", Some(&signed_in_as(model)));
        flag(&self.element, "hidden", !model.state.is_signed_in());
        write(&self.initial, name.chars().next().map(String::from).as_deref().unwrap_or_default());
        write(&self.name, name);
        set(&self.out, "data-size", Some(model.size.name()));
        write(&self.out, &model.labels.sign_out);
    }
}

fn signed_in_as(model: &ViewModel) -> String {
    match &model.state {
        ViewState::SignedIn { name } => model.labels.signed_in_as(name),
        _ => String::new(),
    }
}

/// What happens now, for a screen reader; visible only where it says something that the button does not.
pub(crate) fn note() -> Result<Element, JsValue> {
    make("p", &[("class", "pkce-note"), ("role", "status")], &[])
}

fn note_of(model: &ViewModel) -> String {
    let labels = &model.labels;
    match &model.state {
        ViewState::Redirecting => labels.redirecting.clone().into_owned(),
        ViewState::Exchanging => labels.exchanging.clone().into_owned(),
        ViewState::Denied { says: None } => labels.cancelled.clone().into_owned(),
        ViewState::Denied { says: Some(says) } => quoting(&labels.denied, says),
        ViewState::SignedIn { .. } => signed_in_as(model),
        ViewState::Idle | ViewState::Looking | ViewState::Error { .. } => String::new(),
    }
}

/// The error in one sentence, and what the authorizer says about it.
pub(crate) fn failure() -> Result<Element, JsValue> {
    let [class, name] = part("pkce-error", "error");
    make("p", &[class, name, ("role", "alert")], &[])
}

fn failure_of(model: &ViewModel) -> String {
    match &model.state {
        ViewState::Error { kind, says: Some(says) } => quoting(model.labels.about(*kind), says),
        ViewState::Error { kind, says: None } => model.labels.about(*kind).to_owned(),
        _ => String::new(),
    }
}

fn quoting(sentence: &str, says: &str) -> String {
    [sentence, " “", says, "”"].concat()
}
