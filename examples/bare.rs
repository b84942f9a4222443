//! A Leptos app of the shape of `sign_in.rs` and without its login: what `cargo xtask size` takes that one's cost from.

use leptos::{prelude::*, task::spawn_local};

fn main() {
    mount_to_body(Bare);
}

#[component]
fn Bare() -> impl IntoView {
    let words = RwSignal::new("Signed out".to_owned());
    let tell = move |name: &str| words.set(format!("Signed in as {name}"));
    spawn_local(async move { words.set("Nobody is signed in".to_owned()) });
    let sign_in = move || async move { tell("nobody") };
    view! { <button on:click=move |_| spawn_local(sign_in())>"Sign in"</button> <p role="status">{words}</p> }
}
