//! A request as a command line. Hidden values become variables, so that no secret is copied by accident.

use super::exchange::{Field, Sent};

/// The command; with `show_hidden` it contains the secrets.
pub(super) fn command(sent: &Sent, show_hidden: bool) -> String {
    let mut command = String::from("curl ");
    push_quoted(&mut command, &sent.url);
    for header in sent.headers.iter().filter(|header| header.name != "Content-Type") {
        command.push_str(" \\\n  -H ");
        if header.secret && !show_hidden {
            let scheme = header.value.split(' ').next().unwrap_or_default();
            command += &format!("\"{}: {scheme} $ACCESS_TOKEN\"", header.name);
        } else {
            push_quoted(&mut command, &format!("{}: {}", header.name, header.value));
        }
    }
    for field in &sent.form {
        command += &format!(" \\\n  --data-urlencode {}=", field.name);
        push_value(&mut command, field, show_hidden);
    }
    command
}

fn push_value(command: &mut String, field: &Field, show_hidden: bool) {
    if field.secret && !show_hidden {
        command.push_str("\"$");
        command.push_str(&field.name.to_ascii_uppercase());
        command.push('"');
    } else {
        push_quoted(command, &field.value);
    }
}

/// Appends text in single quotes, in which a shell interprets nothing but the quote itself.
fn push_quoted(command: &mut String, text: &str) {
    command.push('\'');
    for part in text.chars() {
        match part {
            '\'' => command.push_str("'\\''"),
            other => command.push(other),
        }
    }
    command.push('\'');
}
