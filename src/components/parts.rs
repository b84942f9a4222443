//! The pieces that the views are made of. All of them are built element by element: `view!` would put what never
//! changes into the page as a text of HTML, which a page with `require-trusted-types-for 'script'` forbids.

use leptos::attr::custom::CustomAttribute as _;
use leptos::html::{self, ElementChild as _};
use leptos::prelude::*;
use leptos::{ev, tachys::html::element::HtmlElement};
use wasm_bindgen::JsCast as _;

use super::shown::{Mode, Shown, Size, Variant};
use super::words::Words;

/// The pieces that can have the focus.
const BUTTON: &str = ".pkce-button[part=button]";
const USER: &str = ".pkce-user";

/// What the pieces of one view show, and how.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) shown: Signal<Shown>,
    pub(crate) words: Signal<Words>,
    pub(crate) variant: Signal<Variant>,
    pub(crate) size: Signal<Size>,
    pub(crate) mode: Signal<Mode>,
    pub(crate) disabled: Signal<bool>,
}

impl Look {
    /// A text that follows the state and the language.
    fn text(self, choose: fn(&Shown, &Words) -> String) -> Signal<String> {
        Signal::derive(move || self.shown.with(|shown| self.words.with(|words| choose(shown, words))))
    }

    /// An attribute that is there while `on` says so.
    pub(crate) fn flag(self, on: fn(&Shown) -> bool) -> Signal<Option<&'static str>> {
        Signal::derive(move || self.shown.with(on).then_some(""))
    }
}

/// The frame around the pieces: everything below it is styled by the style sheet and by nothing else of the page.
/// `lang` is the language of the words, where it is another than the page's.
pub(crate) fn base(look: Look, lang: Signal<Option<String>>, children: impl IntoView + 'static) -> impl IntoView {
    let frame = NodeRef::new();
    keep_focus(look, frame);
    html::div()
        .attr("class", "pkce-base")
        .attr("part", "base")
        .attr("data-state", Signal::derive(move || look.shown.with(Shown::name)))
        .attr("data-looking", look.flag(|shown| *shown == Shown::Looking))
        .attr("lang", lang)
        .node_ref(frame)
        .child(children)
}

/// The button. All its labels lie on top of one another and one of them is visible, so that its size never changes.
///
/// A busy button stays focusable: what is disabled loses the focus, and nobody would hear what became of it.
pub(crate) fn button(look: Look, label: impl IntoView + 'static, press: impl Fn() + 'static) -> impl IntoView {
    let busy = Signal::derive(move || look.shown.with(Shown::is_busy).then_some("true"));
    let disabled = Signal::derive(move || look.disabled.get().then_some(""));
    let gone = look.flag(Shown::is_signed_in);
    let opening = Signal::derive(move || {
        let waits = look.mode.get() == Mode::Popup;
        look.words.with(|words| if waits { words.waiting.clone() } else { words.redirecting.clone() }.into_owned())
    });
    let button = html::button()
        .attr("type", "button")
        .attr("class", "pkce-button")
        .attr("part", "button")
        .attr("data-variant", Signal::derive(move || look.variant.get().name()))
        .attr("data-size", Signal::derive(move || look.size.get().name()))
        .attr("aria-disabled", busy)
        .attr("disabled", disabled)
        .attr("hidden", gone)
        .on(ev::click, move |_| {
            if !look.shown.with_untracked(Shown::is_busy) {
                press();
            }
        });
    button.child((
        one_label().child(label),
        one_label().child((spinner(), opening)),
        one_label().child((spinner(), look.text(|_, words| words.exchanging.clone().into_owned()))),
        one_label().child(look.text(|_, words| words.try_again.clone().into_owned())),
    ))
}

fn one_label() -> HtmlElement<html::Span, impl leptos::attr::Attribute, ()> {
    html::span().attr("class", "pkce-label")
}

fn spinner() -> impl IntoView {
    html::span().attr("class", "pkce-spinner").attr("part", "spinner").attr("aria-hidden", "true")
}

/// Who is signed in, and the way out. A screen reader hears the group's name once, not its pieces.
pub(crate) fn user(look: Look, press: impl Fn() + 'static) -> impl IntoView {
    let name = look.text(|shown, _| name_of(shown).to_owned());
    let initial = look.text(|shown, _| name_of(shown).chars().take(1).collect());
    let user = html::div()
        .attr("class", "pkce-user")
        .attr("part", "user")
        .attr("role", "group")
        .attr("aria-label", look.text(signed_in_as))
        .attr("tabindex", "-1")
        .attr("hidden", look.flag(|shown| !shown.is_signed_in()));
    user.child((
        html::span().attr("class", "pkce-avatar").attr("part", "avatar").attr("aria-hidden", "true").child(initial),
        html::bdi().attr("class", "pkce-name").attr("part", "name").attr("aria-hidden", "true").child(name),
        html::button()
            .attr("type", "button")
            .attr("class", "pkce-button")
            .attr("part", "sign-out-button")
            .attr("data-variant", "outline")
            .attr("data-size", Signal::derive(move || look.size.get().name()))
            .on(ev::click, move |_| press())
            .child(look.text(|_, words| words.sign_out.clone().into_owned())),
    ))
}

fn name_of(shown: &Shown) -> &str {
    match shown {
        Shown::SignedIn { name } => name,
        _ => "",
    }
}

fn signed_in_as(shown: &Shown, words: &Words) -> String {
    if shown.is_signed_in() { words.signed_in_as(name_of(shown)) } else { String::new() }
}

/// What goes on, for a screen reader; visible only where it says something that the button does not.
pub(crate) fn note(look: Look) -> impl IntoView {
    let text = look.text(|shown, words| match shown {
        Shown::Redirecting => words.redirecting.clone().into_owned(),
        Shown::Exchanging => words.exchanging.clone().into_owned(),
        Shown::Denied { says: None } => words.cancelled.clone().into_owned(),
        Shown::Denied { says: Some(says) } => [&words.denied, " “", says, "”"].concat(),
        Shown::SignedIn { .. } => signed_in_as(shown, words),
        Shown::Idle | Shown::Looking | Shown::Error { .. } => String::new(),
    });
    html::p().attr("class", "pkce-note").attr("role", "status").child(text)
}

/// What went wrong, in one sentence, and what the authorizer says of it.
pub(crate) fn failure(look: Look) -> impl IntoView {
    let text = look.text(|shown, words| match shown {
        Shown::Error { concern, says: Some(says) } => [words.about(*concern), " “", says, "”"].concat(),
        Shown::Error { concern, says: None } => words.about(*concern).to_owned(),
        _ => String::new(),
    });
    html::p().attr("class", "pkce-error").attr("part", "error").attr("role", "alert").child(text)
}

/// Hands the focus on where the piece that has it disappears: from the button to the person, and back.
fn keep_focus(look: Look, frame: NodeRef<html::Div>) {
    Effect::new(move |was: Option<bool>| {
        let is = look.shown.with(Shown::is_signed_in);
        if was.is_some_and(|was| was != is)
            && let Some(frame) = frame.get_untracked()
        {
            let find = |selector: &str| frame.query_selector(selector).ok().flatten();
            let (left, next) = if is { (find(BUTTON), find(USER)) } else { (find(USER), find(BUTTON)) };
            // What was hidden just now has the focus until the browser draws again.
            let had_focus = left.is_some_and(|left| left.matches(":focus-within").unwrap_or(false));
            if had_focus && let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
                // Once it can be seen; a browser that refuses leaves the focus where it is.
                queue_microtask(move || drop(next.focus()));
            }
        }
        is
    });
}
