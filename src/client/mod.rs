//! One login and one session as a state machine over ports.
//!
//! [`Client::begin`] makes a request and remembers it; the browser leaves; [`Client::finish`] takes the
//! answer and makes at most one token request; the [`Session`] that comes out keeps the tokens. The web
//! platform stands behind the traits of [`ports`], so that all of this runs natively in tests.

mod answer_seen;
mod api_error;
mod arrival;
#[cfg(feature = "dpop")]
mod bound;
mod child_window;
mod clock;
mod concern;
mod config;
mod discovery;
mod error;
mod error_text;
mod keys;
mod login;
pub mod ports;
mod redirects;
mod session;
mod signatures;
mod slots;
mod turn;
mod wire;

pub use answer_seen::AnswerSeen;
pub use api_error::ApiError;
pub use arrival::{Arrival, BY_APP_ADVICE, BY_APP_KEY, arrival};
pub use child_window::{CHILD_WINDOW_PREFIX, child_window_key, child_window_record};
pub use concern::Concern;
pub use config::{ClientConfig, ConfigError, Prepare, Restore, Storage};
pub use discovery::discover;
pub use error::{LoginError, Phase};
pub use login::{BeginOptions, Client, Finished};
pub use redirects::{asks_again, asks_no_more, may_ask};
pub use session::{ApiCall, Session, SignedOut, Verdict, came_back_from_sign_out};
pub use slots::{ANSWER_BODY_KEY, ANSWER_KEY, PENDING_PREFIX, forget_expired};
