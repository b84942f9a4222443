//! The sign-in page: the person presses a name. There is no password, so there is nothing to steal.

use crate::protocol::form::Params;

use super::context::Context;
use super::http::Response;
use super::refusal::Refusal;
use super::store::digest;
use super::store::request::{Interaction, Login, Session};
use super::{Reply, pages};

/// The refusal by the person.
pub(super) const DENIED: Refusal = Refusal::new("S-04", "access_denied", "The person pressed Deny.");

impl Context<'_> {
    pub(super) fn sign_in(&mut self) -> Reply {
        if self.request.method == "GET" {
            let id = self.shown_id();
            return match self.get::<Interaction>(&digest(&id)) {
                Some(waiting) if waiting.login.is_none() => {
                    let session = self.session();
                    pages::sign_in(&self.issuer, self.config, &id, &waiting.request, session.as_ref()).into()
                }
                _ => self.page_is_over().into(),
            };
        }
        let form = Params::parse(&self.request.body);
        let Some(waiting) = self.take_interaction(&form, |waiting| waiting.login.is_none()) else {
            return self.page_is_over().into();
        };
        let Some(person) = form.get("person").and_then(|sub| self.config.person(sub)) else {
            return self.answer_with_error(&waiting.request.back, DENIED);
        };
        let login = self.open_session(&person.sub);
        if self.may_skip_consent(&waiting.request, &login) {
            return self.answer_with_code(waiting.request, login);
        }
        let id = self.wait(waiting.request, Some(login));
        Response::see_other(&self.page_url("consent", &id)).into()
    }

    /// Signs the person in. A repeated sign-in of the same person keeps the session, so that one sign-out ends
    /// everything. Any other sign-in gets a new cookie: one that was planted in the browser before is worth nothing.
    pub(super) fn open_session(&mut self, sub: &str) -> Login {
        let known = self.session().filter(|login| login.sub == sub).map(|login| login.sid);
        let (id, sid) = match (self.session_id(), known) {
            (Some(id), Some(sid)) => (id, sid),
            (id, _) => {
                if let Some(old) = &id {
                    self.remove::<Session>(old);
                }
                (self.new_session_id(), self.secret())
            }
        };
        let login = Login { sub: sub.to_owned(), auth_time: self.now, sid };
        self.put(&id, &Session { login: login.clone(), expires: self.now + self.config.lifetimes.session });
        login
    }

    fn new_session_id(&mut self) -> String {
        let Some(name) = &self.config.session_cookie else { return String::new() };
        let secret = self.secret();
        // For every issuer of this authorizer, for no script, and for no form of another site.
        self.new_cookie = Some([name, "=", &secret, "; Path=/; HttpOnly; SameSite=Lax"].concat());
        digest(&secret)
    }

    /// The id of the interaction in the address of a page.
    pub(super) fn shown_id(&self) -> String {
        Params::parse(self.query()).get("interaction").unwrap_or_default().to_owned()
    }

    /// Takes the interaction of a form. It is removed: a second press finds nothing.
    pub(super) fn take_interaction(
        &mut self,
        form: &Params<'_>,
        fits: impl Fn(&Interaction) -> bool,
    ) -> Option<Interaction> {
        if !self.request.is_form() || form.first_repeated().is_some() {
            return None;
        }
        let id = digest(form.get("interaction")?);
        let waiting = self.get::<Interaction>(&id).filter(fits)?;
        self.remove::<Interaction>(&id);
        Some(waiting)
    }

    pub(super) fn page_is_over(&mut self) -> Response {
        self.note("S-04", "The page was used already, or is too old.");
        pages::over(&self.issuer)
    }
}
