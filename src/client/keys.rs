//! The key that a login is bound to, from the button to the end of the session.
//!
//! Without the feature `dpop` nothing of this is built, and a configuration that wants it is refused.

use super::config::Storage;
use super::error::LoginError;
use super::ports::Platform;
use crate::protocol::pending_login::BoundKey;

#[cfg(feature = "dpop")]
mod with {
    use super::{BoundKey, LoginError, Platform, Storage};
    use crate::client::ports::ProofKey as _;
    use crate::protocol::base64url;
    use crate::protocol::pending_login::PendingLogin;

    /// How long a key outlasts the last use of a session that is kept between pages, in seconds: a month.
    const KEY_LIFE: i64 = 2_592_000;

    /// Makes a key for a login, which is kept for as long as its answer is waited for.
    pub(in crate::client) async fn make<P: Platform>(platform: &P) -> Result<(BoundKey, P::Key), LoginError> {
        let mut name = [0; 12];
        platform.fill(&mut name).map_err(|_| LoginError::NoEntropy)?;
        let name = base64url::encode(&name);
        let until = platform.now().saturating_add(PendingLogin::MAX_AGE);
        let key = platform.make_key(&name, until).await.map_err(|_| LoginError::KeyUnavailable)?;
        Ok((BoundKey { name, thumbprint: key.public_jwk().thumbprint() }, key))
    }

    /// The key of a login or of a session that was kept.
    pub(in crate::client) async fn find<P: Platform>(platform: &P, bound: &BoundKey) -> Result<P::Key, LoginError> {
        let found = platform.key(&bound.name).await.map_err(|_| LoginError::KeyUnavailable)?;
        found.filter(|key| key.public_jwk().thumbprint() == bound.thumbprint).ok_or(LoginError::KeyLost)
    }

    /// Keeps the key of a session as its tokens are kept.
    pub(in crate::client) async fn keep(
        platform: &impl Platform,
        bound: &BoundKey,
        storage: Storage,
    ) -> Result<(), LoginError> {
        if storage == Storage::Memory {
            // The session holds the key itself, and nobody else needs it.
            drop(platform, bound).await;
            return Ok(());
        }
        let until = platform.now().saturating_add(KEY_LIFE);
        platform.keep_key(&bound.name, until).await.map_err(|_| LoginError::KeyUnavailable)
    }

    /// Removes a key. One that stays opens nothing, and ends by itself.
    pub(in crate::client) async fn drop(platform: &impl Platform, bound: &BoundKey) {
        let _ = platform.keep_key(&bound.name, 0).await;
    }
}

#[cfg(not(feature = "dpop"))]
mod without {
    use super::{BoundKey, LoginError, Platform, Storage};
    use crate::client::config::ConfigError;

    pub(in crate::client) async fn make<P: Platform>(_: &P) -> Result<(BoundKey, P::Key), LoginError> {
        Err(ConfigError::FeatureOff.into())
    }

    pub(in crate::client) async fn find<P: Platform>(_: &P, _: &BoundKey) -> Result<P::Key, LoginError> {
        Err(ConfigError::FeatureOff.into())
    }

    pub(in crate::client) async fn keep(_: &impl Platform, _: &BoundKey, _: Storage) -> Result<(), LoginError> {
        Err(ConfigError::FeatureOff.into())
    }

    pub(in crate::client) async fn drop(_: &impl Platform, _: &BoundKey) {}
}

#[cfg(feature = "dpop")]
pub(super) use with::{drop, find, keep, make};
#[cfg(not(feature = "dpop"))]
pub(super) use without::{drop, find, keep, make};
