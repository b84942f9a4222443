//! Members of a record, by type.

use crate::protocol::json::{Object, Value, Writer};
use crate::protocol::scope::Scope;

pub(in crate::authorizer) fn text(object: &Object<'_>, name: &str) -> Option<String> {
    object.str(name).map(str::to_owned)
}

pub(in crate::authorizer) fn whole(object: &Object<'_>, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_whole)
}

pub(in crate::authorizer) fn flag(object: &Object<'_>, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

pub(in crate::authorizer) fn scope(object: &Object<'_>) -> Option<Scope> {
    object.str("scope").map(Scope::parse)
}

pub(in crate::authorizer) fn texts(object: &Object<'_>, name: &str) -> Vec<String> {
    object.get(name).and_then(Value::as_strings).unwrap_or_default()
}

pub(in crate::authorizer) fn write_texts(writer: Writer, name: &str, texts: &[String]) -> Writer {
    if texts.is_empty() { writer } else { writer.strings(name, texts.iter().map(String::as_str)) }
}
