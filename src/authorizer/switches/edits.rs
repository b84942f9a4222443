//! Edits of documents before they leave the server: what most faults come to.

use super::Behaviour;
use crate::protocol::json::{Object, Value, Writer, write_string};

/// A document that an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The metadata.
    Metadata,
    /// The parameters of every authorization response.
    Answer,
    /// Those of a response with a code.
    CodeAnswer,
    /// The claims of a signed authorization response.
    SignedAnswer,
    /// The response to the exchange of a code.
    TokenResponse,
    /// The response to a refresh.
    RefreshResponse,
    /// The header of an ID token.
    IdTokenHeader,
    /// The claims of the ID token of a login.
    IdToken,
    /// The claims of the ID token of a refresh.
    RefreshedIdToken,
    /// The claims of UserInfo.
    UserInfo,
}

/// What happens to a member. A value is JSON; in an authorization response it is the text of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Gets this value, also where it was not there.
    Set(&'static str),
    /// Gets this value where it was there.
    Replace(&'static str),
    /// Becomes a list of itself and this value, where it was there.
    ListWith(&'static str),
    /// Goes.
    Remove,
    /// Is there twice.
    Repeat,
}

/// One change of one member of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// The document.
    pub document: Document,
    /// The member.
    pub member: &'static str,
    /// What happens to it.
    pub change: Change,
}

impl Behaviour {
    /// Applies the edits of the switches that are on to a JSON object.
    pub(in crate::authorizer) fn edited(self, document: Document, json: String) -> String {
        let edits: Vec<&Edit> = self.edits(document).collect();
        if edits.is_empty() {
            return json;
        }
        let Ok(object) = Object::parse(&json) else { return json };
        let members = object.iter().map(|(name, value)| (name.to_owned(), raw(value)));
        let mut members: Vec<(String, String)> = members.collect();
        for edit in edits {
            apply(edit, &mut members);
        }
        members.iter().fold(Writer::new(), |json, (name, value)| json.raw(name, value)).finish()
    }

    /// The same for parameters.
    pub(in crate::authorizer) fn edit_parameters(
        self,
        document: Document,
        parameters: &mut Vec<(&'static str, String)>,
    ) {
        for edit in self.edits(document) {
            apply(edit, parameters);
        }
    }

    fn edits(self, document: Document) -> impl Iterator<Item = &'static Edit> {
        self.rows().flat_map(|row| row.edits).filter(move |edit| edit.document == document)
    }
}

fn apply<N: PartialEq<&'static str> + From<&'static str> + Clone>(edit: &Edit, members: &mut Vec<(N, String)>) {
    let found = members.iter().position(|(name, _)| *name == edit.member);
    match (edit.change, found.and_then(|at| members.get_mut(at))) {
        (Change::Set(value) | Change::Replace(value), Some((_, there))) => value.clone_into(there),
        (Change::Set(value), None) => members.push((edit.member.into(), value.to_owned())),
        (Change::ListWith(value), Some((_, there))) => *there = ["[", there, ",", value, "]"].concat(),
        (Change::Remove, Some(_)) => members.retain(|(name, _)| *name != edit.member),
        (Change::Repeat, Some(member)) => {
            let again = member.clone();
            members.push(again);
        }
        (Change::Replace(_) | Change::ListWith(_) | Change::Remove | Change::Repeat, None) => {}
    }
}

/// A value as JSON text.
fn raw(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.as_text().to_owned(),
        Value::String(text) => {
            let mut json = String::new();
            write_string(&mut json, text);
            json
        }
        Value::Array(text) | Value::Object(text) => (*text).to_owned(),
    }
}
