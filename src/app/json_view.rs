//! Responses for people: JSON with one member a line, secrets as dots.

use pkce_login::protocol::json::{Object, Value};

use super::exchange::Field;

/// Members whose value must stay hidden.
const SECRET: [&str; 4] = ["access_token", "refresh_token", "id_token", "nonce"];

/// Longest body that is shown as it is, in characters.
const LONGEST: usize = 4000;

/// Shown in place of a hidden value.
pub(super) const DOTS: &str = "••••••••••";

/// A body: the members of a JSON object, or the text as received.
pub(super) enum Body {
    Members(Vec<Field>),
    Text(String),
}

pub(super) fn read(body: &str) -> Body {
    match Object::parse(body) {
        Ok(object) => Body::Members(object.iter().map(|(name, value)| member(name, value)).collect()),
        Err(_) => {
            let mut text: String = body.chars().take(LONGEST).collect();
            if text.len() < body.len() {
                text.push_str("\n… (the rest is left out)");
            }
            Body::Text(text)
        }
    }
}

pub(super) fn render(body: &str, show_hidden: bool) -> String {
    match read(body) {
        // Text that is not a JSON object may contain anything.
        Body::Text(_) if !show_hidden => DOTS.to_owned(),
        Body::Text(text) => text,
        Body::Members(members) => {
            let lines: Vec<String> = members
                .iter()
                .map(|field| {
                    let value = if field.secret && !show_hidden { format!("\"{DOTS}\"") } else { field.value.clone() };
                    format!("  \"{}\": {value}", field.name)
                })
                .collect();
            format!("{{\n{}\n}}", lines.join(",\n"))
        }
    }
}

fn member(name: &str, value: &Value<'_>) -> Field {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.as_text().to_owned(),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(text) | Value::Object(text) => (*text).to_owned(),
    };
    let nested = matches!(value, Value::Array(_) | Value::Object(_));
    Field { name: name.to_owned(), value: text, secret: nested || SECRET.contains(&name) }
}
