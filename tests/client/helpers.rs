//! The steps that most tests begin with.

use std::rc::Rc;

use pkce_login::client::{BeginOptions, Client, ClientConfig, Finished, LoginError, Session, Storage};
use pkce_login::protocol::authorization_request::StartedLogin;

use crate::support::executor::block_on;
use crate::support::provider::{Answer, CLIENT_ID, ISSUER, Provider, REDIRECT_URI};
use crate::support::tab::Tab;
use crate::support::world::World;

pub(crate) type ProviderTab = Tab<Provider>;
pub(crate) type Page = Client<ProviderTab>;

pub(crate) fn world() -> Rc<World<Provider>> {
    World::new(Provider::new())
}

pub(crate) fn config() -> ClientConfig {
    ClientConfig::new(ISSUER, CLIENT_ID, REDIRECT_URI)
}

/// A page in that tab, as after a load.
pub(crate) fn page(tab: &Rc<ProviderTab>) -> Page {
    tab.page(&config())
}

pub(crate) fn begin(page: &Page) -> StartedLogin {
    block_on(page.begin(&BeginOptions::default())).unwrap()
}

/// The person signs in and allows everything.
pub(crate) fn authorize(tab: &ProviderTab, started: &StartedLogin) -> Answer {
    tab.world.server.borrow_mut().authorize(&started.url)
}

/// What a page makes of an answer; `None` if there was nothing to do.
pub(crate) fn finish(page: &Page, answer: &Answer) -> Result<Option<Session<ProviderTab>>, LoginError> {
    finish_at(page, &answer.url())
}

pub(crate) fn finish_at(page: &Page, url: &str) -> Result<Option<Session<ProviderTab>>, LoginError> {
    match block_on(page.finish(url, None))? {
        Finished::NothingToDo => Ok(None),
        Finished::SignedIn(session) => Ok(Some(session)),
    }
}

/// A whole login, from one page to the next as in a browser.
pub(crate) fn try_to_sign_in(tab: &Rc<ProviderTab>) -> Result<Session<ProviderTab>, LoginError> {
    let started = begin(&page(tab));
    let answer = authorize(tab, &started);
    finish(&page(tab), &answer).map(|session| session.expect("an answer to this login"))
}

/// A whole login of an app with a configuration of its own.
pub(crate) fn try_to_sign_in_as(
    tab: &Rc<ProviderTab>,
    config: &ClientConfig,
) -> Result<Session<ProviderTab>, LoginError> {
    let started = block_on(tab.page(config).begin(&BeginOptions::default()))?;
    let answer = authorize(tab, &started);
    finish(&tab.page(config), &answer).map(|session| session.expect("an answer to this login"))
}

pub(crate) fn sign_in(tab: &Rc<ProviderTab>) -> Session<ProviderTab> {
    try_to_sign_in(tab).unwrap()
}

/// The code of the error, and nothing where there is none.
pub(crate) fn code_of<T>(result: Result<T, LoginError>) -> String {
    result.err().map(|error| error.code().to_owned()).unwrap_or_default()
}

/// Signs in at an authorizer that a test made wrong in one thing.
pub(crate) fn sign_in_at(change: impl FnOnce(&mut Provider)) -> Result<Session<ProviderTab>, LoginError> {
    let world = world();
    change(&mut world.server.borrow_mut());
    try_to_sign_in(&world.tab())
}

/// Tokens in the tab.
pub(crate) fn in_tab() -> ClientConfig {
    ClientConfig { storage: Storage::Tab, ..config() }
}

/// Tokens on the device, bound to a key.
pub(crate) fn on_device() -> ClientConfig {
    ClientConfig { storage: Storage::Device, dpop: true, ..config() }
}

/// Opens a page, or loads it again.
pub(crate) fn open(tab: &Rc<ProviderTab>, config: &ClientConfig) -> Option<Session<ProviderTab>> {
    block_on(tab.page(config).resume())
}
