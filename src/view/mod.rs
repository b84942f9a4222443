//! What a person sees of a sign-in, built and kept right with nothing but the browser's own elements: the Leptos components
//! and the element `<pkce-login>` both show this. `src/element/element.css` styles it.
//!
//! No text of HTML is made anywhere: a page may forbid that with `require-trusted-types-for 'script'`.

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
