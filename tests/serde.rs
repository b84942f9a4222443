//! What an app may keep in a file of its own, and what it may not (feature `serde`).
#![cfg(test)]
#![cfg(feature = "serde")]

use std::fs;
use std::path::Path;

use pkce_login::client::{BeginOptions, ClientConfig};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::metadata::{DiscoveryKind, MetadataError};
use pkce_login::protocol::response_mode::ResponseMode;
use pkce_login::protocol::scope::Scope;
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use serde_json::{Value, from_value, json, to_value};

fn shortest() -> Value {
    json!({
        "issuer": "https://as.example", "client_id": "spa", "redirect_uri": "https://app.example/callback.html",
    })
}

#[test]
fn a_configuration_needs_three_members_and_has_the_usual_defaults() {
    let read: ClientConfig = from_value(shortest()).unwrap();
    let made = ClientConfig::new("https://as.example", "spa", "https://app.example/callback.html");
    assert_eq!(to_value(&read).unwrap(), to_value(&made).unwrap());
    assert_eq!(read.scope.to_string(), "openid profile");
    assert_eq!(read.algorithms, SigningAlgorithm::ALL);
    assert!(!read.require_iss);
    for name in ["issuer", "client_id", "redirect_uri"] {
        let mut without = shortest();
        without.as_object_mut().unwrap().remove(name);
        assert!(from_value::<ClientConfig>(without).is_err(), "{name}");
    }
}

#[test]
fn a_configuration_comes_back_as_it_was_written() {
    let mut written = shortest();
    let rest = json!({
        "scope": "openid email", "response_mode": "form_post", "discovery": "oauth", "algorithms": ["ES256", "EdDSA"],
        "trusted_audiences": ["https://api.example"], "require_iss": true, "storage": "device", "restore": "frame", "prepare": "press",
        "dpop": true,
        "pushed_requests": true, "api_origins": ["https://api.example"],
    });
    written.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let read: ClientConfig = from_value(written.clone()).unwrap();
    assert_eq!(read.discovery, DiscoveryKind::OAuth);
    assert_eq!(to_value(read).unwrap(), written);
}

#[test]
fn a_client_secret_or_any_other_unknown_member_is_refused() {
    for name in ["client_secret", "clientId", "scopes"] {
        let mut config = shortest();
        config[name] = "value".into();
        let error = from_value::<ClientConfig>(config).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
        assert!(from_value::<BeginOptions>(json!({ name: "value" })).is_err());
        assert!(from_value::<RequestOptions>(json!({ name: "value" })).is_err());
    }
}

#[test]
fn names_are_those_of_the_protocol() {
    for mode in ResponseMode::ALL {
        assert_eq!(to_value(mode).unwrap(), mode.name());
        assert_eq!(from_value::<ResponseMode>(mode.name().into()).unwrap(), mode);
    }
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!(to_value(algorithm).unwrap(), algorithm.name());
        assert_eq!(from_value::<SigningAlgorithm>(algorithm.name().into()).unwrap(), algorithm);
    }
    assert_eq!(from_value::<SigningAlgorithm>("Ed25519".into()).unwrap(), SigningAlgorithm::EdDsa);
    for name in ["none", "HS256", "es256"] {
        assert!(from_value::<SigningAlgorithm>(name.into()).is_err(), "{name}");
    }
    assert_eq!(to_value([DiscoveryKind::OpenId, DiscoveryKind::OAuth]).unwrap(), json!(["openid", "oauth"]));
    assert_eq!(to_value(Scope::parse("openid  profile openid")).unwrap(), "openid profile");
}

#[test]
fn options_of_a_login_have_defaults_for_everything() {
    assert_eq!(from_value::<BeginOptions>(json!({})).unwrap(), BeginOptions::default());
    let read: BeginOptions = from_value(json!({
        "return_to": "/notes", "request": { "prompt": "login", "max_age": 60, "extra": [["ui", "dark"]] },
    }))
    .unwrap();
    assert_eq!((read.return_to.as_str(), read.request.max_age), ("/notes", Some(60)));
    assert_eq!(read.request.extra, [("ui".to_owned(), "dark".to_owned())]);
    assert_eq!(from_value::<BeginOptions>(to_value(&read).unwrap()).unwrap(), read);
}

#[test]
fn the_texts_of_an_error_can_be_written() {
    let texts = MetadataError::IssuerMismatch.explain();
    assert_eq!(
        to_value(texts).unwrap(),
        json!({ "happened": texts.happened, "means": texts.means, "to_do": texts.to_do })
    );
}

/// Whatever else derives it would be written to a file sooner or later.
#[test]
fn nothing_else_in_the_library_can_be_written_or_read() {
    let mut found = Vec::new();
    for room in ["protocol", "client", "authorizer", "browser"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut found);
    }
    found.sort();
    let expected = [
        "BeginOptions",
        "ClientConfig",
        "DiscoveryKind",
        "Explanation",
        "Interaction",
        "Prepare",
        "RequestOptions",
        "ResponseMode",
        "Restore",
        "Scope",
        "SigningAlgorithm",
        "Storage",
    ];
    assert_eq!(found, expected);
}

/// The names of the types under `folder` that name serde.
fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut lines = text.lines();
            while let Some(line) = lines.next() {
                if line.contains("serde::") {
                    assert!(line.starts_with("#[cfg_attr(feature = \"serde\", derive("), "{}: {line}", path.display());
                    let declared = lines.find_map(|line| line.strip_prefix("pub ")).unwrap();
                    found.push(declared.split([' ', '(', '<']).nth(1).unwrap().to_owned());
                }
            }
        }
    }
}
