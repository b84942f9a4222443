//! What a person sees of a sign-in, built and kept right with nothing but the browser's own elements: the Leptos components
//! and the element `<pkce-login>` both show this. `src/element/element.css` styles it.
//!
//! No text of HTML is made anywhere: a page may forbid that with `require-trusted-types-for 'script'`.

mod dom;
mod pieces;
mod shown;
mod words;

#[cfg(feature = "element")]
pub(crate) use dom::{flag, make, set, write};
#[cfg(feature = "components")]
pub(crate) use pieces::text;
pub(crate) use pieces::{Button, Look, Person, View, failure, label, note, row};
pub use shown::{Mode, Shown, Size, Variant};
pub use words::Words;
