//! One login and one session: a state machine over ports.
//!
//! [`Client::begin`] makes an authorization request and stores the pending login. The browser goes to the authorizer.
//! [`Client::finish`] takes the answer and sends at most one token request. The [`Session`] holds the tokens. The
//! traits of [`ports`] stand for the web platform, so that all of this runs natively in tests.

mod api_error;
mod arrival;
mod child_window;
mod clock;
mod config;
mod discovery;
#[cfg(feature = "dpop")]
mod dpop;
mod error;
mod error_kind;
mod error_text;
mod keys;
mod local_mutex;
mod login;
mod pending_store;
pub mod ports;
mod redirects;
mod response_info;
mod session;
mod signatures;
mod token_endpoint;
mod transport;

pub use api_error::ApiError;
pub use arrival::{Arrival, BY_APP_ADVICE, BY_APP_KEY, arrival};
pub use child_window::{CHILD_WINDOW_PREFIX, child_window_key, child_window_record};
pub use config::{ClientConfig, ConfigError, Prepare, Restore, Storage};
pub use discovery::discover;
pub use error::{LoginError, Phase};
pub use error_kind::ErrorKind;
pub use login::{BeginOptions, Client, Finished};
pub use pending_store::{ANSWER_BODY_KEY, ANSWER_KEY, PENDING_PREFIX, forget_expired};
pub use redirects::{asks_again, asks_no_more, may_ask};
pub use response_info::ResponseInfo;
pub use session::{ApiCall, Session, SignedOut, Verdict, came_back_from_sign_out};
