//! The texts of the views, and their translations.

use pkce_login::components::Labels;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_translation_replaces_what_it_has_and_the_rest_stays_english() {
    let labels = Labels::from_json(r#"{"signIn":"Anmelden","signOut":"","tryAgain":7,"unknown":"x"}"#);
    assert_eq!(labels, Labels { sign_in: "Anmelden".into(), ..Labels::default() });
    assert_eq!(Labels::from_json("[]"), Labels::default());
}

#[wasm_bindgen_test]
fn every_name_has_its_own_text() {
    let mut seen = Vec::new();
    for name in Labels::NAMES {
        let labels = Labels::from_json(&format!("{{\"{name}\":\"!\"}}"));
        assert_ne!(labels, Labels::default(), "{name}");
        assert!(!seen.contains(&labels), "{name}");
        seen.push(labels);
    }
}

#[wasm_bindgen_test]
fn a_name_stands_where_the_language_wants_it_and_is_not_read_again() {
    let labels = Labels { signed_in: "{name} さんがサインイン中".into(), ..Labels::default() };
    assert_eq!(labels.signed_in_as("{name} Demo"), "{name} Demo さんがサインイン中");
}

/// The shell of the element is drawn before the module is there, with these texts of its own.
#[wasm_bindgen_test]
fn the_shell_of_the_element_and_the_locales_have_the_same_texts() {
    let shell = include_str!("../../src/element/shell.js");
    let english = Labels::default();
    for text in [&english.sign_in, &english.redirecting, &english.waiting, &english.exchanging, &english.try_again] {
        assert!(shell.contains(&format!("'{text}'")), "{text}");
    }
    for locale in [include_str!("../../src/element/locales/de.js"), include_str!("../../src/element/locales/ja.js")] {
        for name in Labels::NAMES {
            assert!(locale.contains(&format!("\n  {name}: '")), "{name}");
        }
    }
}
