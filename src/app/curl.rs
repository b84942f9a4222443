//! A request as a command line. Hidden values become variables, so that nothing secret is copied by accident.

use super::exchange::{Field, Sent};

/// The command; with `show_hidden` it holds the secrets themselves.
pub(super) fn command(sent: &Sent, show_hidden: bool) -> String {
    let value = |field: &Field| {
        if field.secret && !show_hidden { format!("\"${}\"", field.name.to_uppercase()) } else { quote(&field.value) }
    };
    let mut lines = vec![format!("curl {}", quote(&sent.url))];
    for header in sent.headers.iter().filter(|header| header.name != "Content-Type") {
        let text = if header.secret && !show_hidden {
            let scheme = header.value.split(' ').next().unwrap_or_default();
            format!("\"{}: {scheme} $ACCESS_TOKEN\"", header.name)
        } else {
            quote(&format!("{}: {}", header.name, header.value))
        };
        lines.push(format!("  -H {text}"));
    }
    for field in &sent.form {
        lines.push(format!("  --data-urlencode {}={}", field.name, value(field)));
    }
    lines.join(" \\\n")
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
