//! What a person sees of a sign-in, built and updated only with browser elements. The Leptos components and the element
//! `<pkce-login>` both show it. `src/element/element.css` styles it.
//!
//! Nothing here builds HTML text: a page may forbid that with `require-trusted-types-for 'script'`.

mod dom;
mod labels;
mod view_state;
mod widgets;

#[cfg(feature = "element")]
pub(crate) use dom::{flag, make, set, write};
pub use labels::Labels;
pub use view_state::{Mode, Size, Variant, ViewState};
#[cfg(feature = "components")]
pub(crate) use widgets::text;
pub(crate) use widgets::{Button, Person, View, ViewModel, failure, label, note, row};
