//! Which authorizer the demo uses, stored in this browser.

use pkce_login::protocol::json::{self, Object, Value, Writer};

use super::built_in;
use super::storage::{self, SETUP_KEY};
use super::web;

/// The scopes to ask the built-in authorizer for, unless the person changes them.
pub(super) const DEFAULT_SCOPE: &str = "openid profile email offline_access";

/// An authorizer that the person added.
#[derive(Clone, PartialEq)]
pub(super) struct Added {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) scope: String,
}

/// The choice, and everything to choose from.
#[derive(Clone, PartialEq)]
pub(super) struct Setup {
    pub(super) added: Vec<Added>,
    /// The chosen one of them; `None` is the built-in one.
    pub(super) chosen: Option<usize>,
    /// The scopes to ask the built-in authorizer for.
    pub(super) scope: String,
    /// The switch of the built-in authorizer that is on, if any.
    pub(super) broken: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { added: Vec::new(), chosen: None, scope: DEFAULT_SCOPE.to_owned(), broken: None }
    }
}

impl Setup {
    /// The setup of the last visit, or the default if none can be read.
    pub(super) fn load() -> Self {
        storage::get(SETUP_KEY).and_then(|text| Self::read(&text)).unwrap_or_default()
    }

    /// Stores it for the next visit, where that is allowed.
    pub(super) fn keep(&self) {
        storage::set(SETUP_KEY, &self.write());
    }

    fn write(&self) -> String {
        let added: Vec<String> = self
            .added
            .iter()
            .map(|one| {
                Writer::new()
                    .str("issuer", &one.issuer)
                    .str("client_id", &one.client_id)
                    .str("scope", &one.scope)
                    .finish()
            })
            .collect();
        let chosen = self.chosen.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
        Writer::new()
            .raw("added", &format!("[{}]", added.join(",")))
            .int("chosen", chosen)
            .str("scope", &self.scope)
            .some_str("broken", self.broken.as_deref())
            .finish()
    }

    fn read(text: &str) -> Option<Self> {
        let object = Object::parse(text).ok()?;
        let Some(Value::Array(added)) = object.get("added") else { return None };
        let added = json::array(added).ok()?.into_iter().map(|value| {
            let Value::Object(text) = value else { return None };
            let one = Object::parse(text).ok()?;
            let member = |name: &str| one.str(name).map(str::to_owned);
            Some(Added { issuer: member("issuer")?, client_id: member("client_id")?, scope: member("scope")? })
        });
        Some(Self {
            added: added.collect::<Option<_>>()?,
            chosen: usize::try_from(object.get("chosen")?.as_whole()?).ok(),
            scope: object.str("scope")?.to_owned(),
            broken: object.str("broken").map(str::to_owned),
        })
    }

    /// Adds an authorizer, or replaces the one of the same issuer, and chooses it.
    pub(super) fn add(&mut self, added: Added) {
        match self.added.iter().position(|known| known.issuer == added.issuer) {
            Some(at) => {
                if let Some(known) = self.added.get_mut(at) {
                    *known = added;
                }
                self.chosen = Some(at);
            }
            None => {
                self.added.push(added);
                self.chosen = self.added.len().checked_sub(1);
            }
        }
    }

    /// Removes an authorizer. If it was chosen, the built-in one is chosen again.
    pub(super) fn remove(&mut self, at: usize) {
        if at < self.added.len() {
            self.added.remove(at);
        }
        self.chosen = match self.chosen {
            Some(chosen) if chosen == at => None,
            Some(chosen) if chosen > at => Some(chosen - 1),
            other => other,
        };
    }

    /// The chosen one of the added authorizers.
    pub(super) fn chosen_or_built_in(&self) -> Option<usize> {
        self.chosen.filter(|at| *at < self.added.len())
    }

    fn added_one(&self) -> Option<&Added> {
        self.chosen.and_then(|at| self.added.get(at))
    }

    pub(super) fn is_built_in(&self) -> bool {
        self.added_one().is_none()
    }

    pub(super) fn issuer(&self) -> String {
        match self.added_one() {
            Some(added) => added.issuer.clone(),
            None => built_in::issuer(self.broken.as_deref()),
        }
    }

    pub(super) fn client_id(&self) -> String {
        self.added_one().map_or_else(|| built_in::CLIENT_ID.to_owned(), |added| added.client_id.clone())
    }

    pub(super) fn scope(&self) -> String {
        self.added_one().map_or_else(|| self.scope.clone(), |added| added.scope.clone())
    }

    pub(super) fn name(&self) -> String {
        self.added_one().map_or_else(|| "Built-in authorizer".to_owned(), |added| added.issuer.clone())
    }

    /// The line beside "Setup".
    pub(super) fn summary(&self) -> String {
        let broken = match (self.is_built_in(), &self.broken) {
            (true, Some(switch)) => format!(" · broken: {switch}"),
            (true, None) => " · nothing broken".to_owned(),
            (false, _) => String::new(),
        };
        format!("{} · {}{broken}", self.name(), self.scope())
    }
}

/// The redirect URI of this app, to be registered at an authorizer.
pub(super) fn redirect_uri() -> String {
    format!("{}callback.html", web::base())
}
