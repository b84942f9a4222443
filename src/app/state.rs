//! What the demo knows. One enum says where the run stands; the rest is derived from it.

use std::rc::Rc;

use leptos::prelude::*;
use pkce_login::client::{LoginError, Phase, Session};

use super::exchange::Exchange;
use super::platform::DemoPlatform;
use super::record::RunRecord;
use super::setup::Setup;

/// Where the run stands.
#[derive(Clone)]
pub(super) enum Stage {
    /// Nothing has been run, or everything was forgotten.
    Fresh,
    /// The built-in authorizer is being started, or the other's description read.
    Preparing,
    /// The browser is on its way to the authorizer.
    Leaving,
    /// The answer is being judged.
    Returning,
    /// Signed in.
    SignedIn(Session<DemoPlatform>),
    /// It did not work.
    Failed(Trouble),
    /// The session was ended here.
    SignedOut(&'static str),
}

/// What went wrong, for people.
#[derive(Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) code: String,
    pub(super) happened: String,
    pub(super) means: String,
    pub(super) to_do: String,
    /// The authorizer's own words.
    pub(super) says: Option<String>,
    /// A page of the authorizer about it.
    pub(super) link: Option<String>,
    /// The step at which it happened, counted from 1; `None` before the first one.
    pub(super) step: Option<usize>,
    /// The origin to add at the authorizer, where CORS is the cause.
    pub(super) origin_to_add: Option<String>,
    /// Whether it is an answer rather than a failure: the person said no.
    pub(super) neutral: bool,
}

impl From<&LoginError> for Trouble {
    fn from(error: &LoginError) -> Self {
        let texts = error.explain();
        let says = error.authorizer_says();
        let step = match error.phase() {
            Phase::Discovery => Some(2),
            Phase::Request => Some(1),
            Phase::Response => Some(if matches!(error, LoginError::Refused(_)) { 3 } else { 4 }),
            Phase::Token => Some(6),
            Phase::IdToken => Some(7),
            Phase::UserInfo => Some(8),
            Phase::Refresh | Phase::Revocation => None,
        };
        Self {
            code: error.code().to_owned(),
            happened: texts.happened.to_owned(),
            means: texts.means.to_owned(),
            to_do: texts.to_do.to_owned(),
            says: says.map(|words| match &words.description {
                Some(description) => format!("{}: {description}", words.error),
                None => words.error.clone(),
            }),
            link: says.and_then(|words| words.uri.clone()),
            step,
            origin_to_add: (error.code() == "cors_blocked").then(super::web::origin),
            neutral: says.is_some_and(pkce_login::protocol::oauth_error::OAuthError::is_denial),
        }
    }
}

/// Everything, as handles that can be copied into any closure.
#[derive(Clone, Copy)]
pub(super) struct App {
    pub(super) platform: StoredValue<Rc<DemoPlatform>, LocalStorage>,
    pub(super) setup: RwSignal<Setup>,
    pub(super) stage: RwSignal<Stage, LocalStorage>,
    pub(super) record: RwSignal<Option<RunRecord>>,
    /// The address that the callback page was opened with, to show.
    pub(super) answer: RwSignal<Option<String>>,
    /// The requests of steps 6 and 8.
    pub(super) token_exchange: RwSignal<Option<Exchange>>,
    pub(super) api_exchange: RwSignal<Option<Exchange>>,
    /// The name that the API told.
    pub(super) person: RwSignal<Option<String>>,
    /// Milliseconds from the answer's arrival to the end of the last step.
    pub(super) elapsed: RwSignal<Option<i64>>,
    /// The selected step, counted from 1.
    pub(super) selected: RwSignal<usize>,
    /// What happened last in the tokens panel.
    pub(super) notice: RwSignal<Option<Notice>>,
    /// Changes whenever the session's tokens do.
    pub(super) tokens_version: RwSignal<u32>,
}

/// What an action of the tokens panel came to.
#[derive(Clone, PartialEq)]
pub(super) enum Notice {
    Done(&'static str),
    Trouble(Trouble),
}

impl App {
    pub(super) fn new() -> Self {
        Self {
            platform: StoredValue::new_local(Rc::new(DemoPlatform::default())),
            setup: RwSignal::new(Setup::load()),
            stage: RwSignal::new_local(Stage::Fresh),
            record: RwSignal::new(None),
            answer: RwSignal::new(None),
            token_exchange: RwSignal::new(None),
            api_exchange: RwSignal::new(None),
            person: RwSignal::new(None),
            elapsed: RwSignal::new(None),
            selected: RwSignal::new(1),
            notice: RwSignal::new(None),
            tokens_version: RwSignal::new(0),
        }
    }

    /// The session, while there is one.
    pub(super) fn session(self) -> Option<Session<DemoPlatform>> {
        self.stage.with(|stage| match stage {
            Stage::SignedIn(session) => Some(session.clone()),
            _ => None,
        })
    }

    /// The name to show for the person who is signed in: the API's, else the ID token's.
    pub(super) fn person_name(self) -> Option<String> {
        let session = self.session()?;
        self.person.get().or_else(|| session.id_token().map(|_| session.person().to_owned()))
    }

    pub(super) fn fail(self, error: &LoginError) {
        self.fail_with(Trouble::from(error));
    }

    pub(super) fn fail_with(self, trouble: Trouble) {
        if let Some(step) = trouble.step {
            self.selected.set(step);
        }
        self.stage.set(Stage::Failed(trouble));
        super::web::focus_soon("result");
    }
}
