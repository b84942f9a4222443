//! The state of the demo. One enum says where the run stands; the rest is derived from it.

use std::rc::Rc;

use leptos::prelude::*;
use pkce_login::client::{LoginError, Session};

use super::exchange::Exchange;
use super::platform::DemoPlatform;
use super::record::RunRecord;
use super::run_error::RunError;
use super::setup::Setup;

#[derive(Clone)]
pub(super) enum Stage {
    /// Nothing has been run, or everything was forgotten.
    Fresh,
    /// The built-in authorizer is starting, or the app reads the metadata of another one.
    Preparing,
    /// The browser is on its way to the authorizer.
    Leaving,
    /// The app judges the response.
    Returning,
    SignedIn(Session<DemoPlatform>),
    Failed(RunError),
    /// The session has ended here.
    SignedOut(&'static str),
}

/// The facts about the run, filled from what really happened.
#[derive(Clone, Default)]
pub(super) struct Facts {
    pub(super) record: Option<RunRecord>,
    /// The address that the callback page was opened with, to show.
    pub(super) answer: Option<String>,
    /// The request of step 6.
    pub(super) token_exchange: Option<Exchange>,
    /// The request of step 8.
    pub(super) api_exchange: Option<Exchange>,
    /// The name that the API returned.
    pub(super) person: Option<String>,
    /// Milliseconds from the arrival of the response to the end of the last step.
    pub(super) elapsed: Option<i64>,
    pub(super) notice: Option<Notice>,
}

/// The result of an action in the tokens panel.
#[derive(Clone, PartialEq)]
pub(super) enum Notice {
    Done(&'static str),
    Error(RunError),
}

/// Everything, as handles that can be copied into any closure.
#[derive(Clone, Copy)]
pub(super) struct App {
    pub(super) platform: StoredValue<Rc<DemoPlatform>, LocalStorage>,
    pub(super) setup: RwSignal<Setup>,
    pub(super) stage: RwSignal<Stage, LocalStorage>,
    pub(super) facts: RwSignal<Facts>,
    /// The selected step, counted from 1.
    pub(super) selected: RwSignal<usize>,
}

impl App {
    pub(super) fn new() -> Self {
        Self {
            platform: StoredValue::new_local(Rc::new(DemoPlatform::default())),
            setup: RwSignal::new(Setup::load()),
            stage: RwSignal::new_local(Stage::Fresh),
            facts: RwSignal::new(Facts::default()),
            selected: RwSignal::new(1),
        }
    }

    pub(super) fn session(self) -> Option<Session<DemoPlatform>> {
        self.stage.with(|stage| match stage {
            Stage::SignedIn(session) => Some(session.clone()),
            _ => None,
        })
    }

    /// The session for the action of a button: no view is redrawn when it changes.
    pub(super) fn session_now(self) -> Option<Session<DemoPlatform>> {
        untrack(|| self.session())
    }

    /// The name to show for the signed-in person: from the API, else from the ID token.
    pub(super) fn person_name(self) -> Option<String> {
        let session = self.session()?;
        let from_token = || session.id_token().map(|_| session.person().to_owned());
        self.facts.with(|facts| facts.person.clone()).or_else(from_token)
    }

    /// Shows the result of the last action. Also makes the views of the tokens update.
    pub(super) fn notify(self, notice: Notice) {
        self.facts.update(|facts| facts.notice = Some(notice));
    }

    pub(super) fn fail(self, error: &LoginError) {
        self.fail_with(RunError::from(error));
    }

    pub(super) fn fail_with(self, error: RunError) {
        if let Some(step) = error.step {
            self.selected.set(step);
        }
        self.stage.set(Stage::Failed(error));
        super::web::focus_soon("result");
    }
}
