//! The manifest as the generators read it.

use serde_json::Value;

use crate::named::read;

/// `src/element/custom-elements.json`.
pub(crate) struct Manifest(Value);

impl Manifest {
    pub(crate) fn load() -> Self {
        Self(serde_json::from_str(&read("src/element/custom-elements.json")).expect("the manifest is JSON"))
    }

    /// The declaration of the element.
    pub(crate) fn element(&self) -> &Value {
        &self.0["modules"][0]["declarations"][0]
    }

    /// One of its lists.
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.element()[name].as_array().unwrap_or_else(|| panic!("no {name}"))
    }

    /// Its fields, or its methods.
    pub(crate) fn members(&self, kind: &str) -> Vec<&Value> {
        self.list("members").iter().filter(|member| member["kind"] == kind).collect()
    }

    /// The types that it exports besides.
    pub(crate) fn types(&self) -> &[Value] {
        self.element()["x-pkce"]["types"].as_array().expect("a list of types")
    }

    /// What its types take from other modules: module, names.
    pub(crate) fn imports(&self) -> Vec<(&str, Vec<&str>)> {
        let imports = self.element()["x-pkce"]["imports"].as_object().expect("names by module");
        let names = |names: &'_ Value| names.as_array().expect("names").len();
        assert!(imports.values().all(|list| names(list) > 0));
        imports
            .iter()
            .map(|(module, names)| {
                (module.as_str(), names.as_array().into_iter().flatten().filter_map(Value::as_str).collect())
            })
            .collect()
    }
}

/// A text that has to be there.
pub(crate) fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_else(|| panic!("no {name}: {item}"))
}

/// The TypeScript type of an attribute, a member, a parameter or an event.
pub(crate) fn type_of(item: &Value) -> &str {
    text(&item["type"], "text")
}

/// The parameters of a method, as in a declaration.
pub(crate) fn parameters(method: &Value) -> String {
    let declared = |parameter: &Value| {
        let mark = if parameter["optional"] == true { "?" } else { "" };
        format!("{}{mark}: {}", text(parameter, "name"), type_of(parameter))
    };
    method["parameters"].as_array().into_iter().flatten().map(declared).collect::<Vec<_>>().join(", ")
}
