//! The key that a login is bound to, from the request to the end of the session.
//!
//! Without the feature `dpop` this is not built, and a configuration that needs it is refused.

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

    /// How long a key outlives the last use of a persisted session, in seconds: 30 days.
    const KEY_LIFE: i64 = 2_592_000;

    /// Makes a key for a login, stored while the login waits for its answer.
    pub(in crate::client) async fn make<P: Platform>(platform: &P) -> Result<(BoundKey, P::Key), LoginError> {
        let mut name = [0; 12];
        platform.fill(&mut name).map_err(|_| LoginError::NoEntropy)?;
        let name = base64url::encode(&name);
        let until = platform.now().saturating_add(PendingLogin::MAX_AGE);
        let key = platform.make_key(&name, until).await.map_err(|_| LoginError::KeyUnavailable)?;
        Ok((BoundKey { name, thumbprint: key.public_jwk().thumbprint() }, key))
    }

    /// Finds the key of a pending login or of a persisted session.
    pub(in crate::client) async fn find<P: Platform>(platform: &P, bound: &BoundKey) -> Result<P::Key, LoginError> {
        let found = platform.key(&bound.name).await.map_err(|_| LoginError::KeyUnavailable)?;
        found.filter(|key| key.public_jwk().thumbprint() == bound.thumbprint).ok_or(LoginError::KeyLost)
    }

    /// Stores the key of a session if its tokens are stored.
    pub(in crate::client) async fn keep(
        platform: &impl Platform,
        bound: &BoundKey,
        storage: Storage,
    ) -> Result<(), LoginError> {
        if storage == Storage::Memory {
            // The session holds the key, and no other page needs it.
            drop(platform, bound).await;
            return Ok(());
        }
        let until = platform.now().saturating_add(KEY_LIFE);
        platform.keep_key(&bound.name, until).await.map_err(|_| LoginError::KeyUnavailable)
    }

    /// Removes a key. A key that cannot be removed gives no access alone, and expires.
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
