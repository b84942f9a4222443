//! One authorizer and what it needs from the machine: the clock, random octets, keys. Its records are in memory.

use std::time::{SystemTime, UNIX_EPOCH};

use pkce_login::authorizer::{Authorizer, Config, Env, KeyRing, LogLine, Reply, Request, Response};
use pkce_login::protocol::jwk::Jwk;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::keys::{self, SigningKey};

pub(crate) struct Host {
    authorizer: Authorizer,
    random: SystemRandom,
    keys: Option<KeyRing<SigningKey>>,
    other_jwks: Vec<Jwk>,
}

/// The machine gives no random octets, so no code and no token can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoEntropy;

impl Host {
    /// Starts an authorizer with new keys and no records.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn new(config: Config) -> Result<Self, String> {
        let mut host = Self {
            authorizer: Authorizer::new(config, []),
            random: SystemRandom::new(),
            keys: None,
            other_jwks: Vec::new(),
        };
        host.keep_keys(now()).map_err(|NoEntropy| "The machine gives no random octets.".to_owned())?;
        Ok(host)
    }

    /// Answers one request, and says which checks refused it.
    ///
    /// # Errors
    /// [`NoEntropy`]: nothing may be sent.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<(Response, Vec<LogLine>), NoEntropy> {
        let now = now();
        self.keep_keys(now)?;
        let mut reply = self.step(now, |authorizer, env| authorizer.handle(request, env))?;
        if let Reply::Verify(proof) = &reply {
            let signature = keys::verdict(proof);
            reply = self.step(now, |authorizer, env| authorizer.proceed(proof, signature, env))?;
        }
        let response = match reply {
            Reply::Ready(response) => response,
            Reply::Sign(pending) => {
                let keys = self.keys.as_ref().ok_or(NoEntropy)?;
                let signature = keys.current.sign(pending.signing_input().as_bytes(), &self.random);
                pending.finish(signature.map_err(|_| NoEntropy)?.as_ref())
            }
            // `proceed` asks for no second verification.
            Reply::Verify(_) => return Err(NoEntropy),
        };
        Ok((response, self.authorizer.take_log()))
    }

    fn step(&mut self, now: i64, act: impl FnOnce(&mut Authorizer, Env<'_>) -> Reply) -> Result<Reply, NoEntropy> {
        let mut has_failed = false;
        let random = &self.random;
        let mut entropy = |octets: &mut [u8]| has_failed |= random.fill(octets).is_err();
        let keys = self.keys.as_ref().ok_or(NoEntropy)?;
        let env =
            Env { now, entropy: &mut entropy, public_jwk: &keys.current.public_jwk, other_jwks: &self.other_jwks };
        let reply = act(&mut self.authorizer, env);
        // Nothing outlasts the program.
        drop(self.authorizer.take_changes());
        // A guessable code must not leave.
        if has_failed { Err(NoEntropy) } else { Ok(reply) }
    }

    /// Makes the keys at the start, and rotates them when that is due.
    fn keep_keys(&mut self, now: i64) -> Result<(), NoEntropy> {
        let keys = match self.keys.take() {
            Some(keys) if !keys.is_due(now) => {
                self.keys = Some(keys);
                return Ok(());
            }
            Some(keys) => {
                let fresh = SigningKey::generate(&self.random).map_err(|_| NoEntropy)?;
                keys.rotated(fresh, now)
            }
            None => keys::new_ring(&self.random, now).map_err(|_| NoEntropy)?,
        };
        self.other_jwks = keys.others().map(|key| key.public_jwk.clone()).collect();
        self.keys = Some(keys);
        Ok(())
    }
}

/// Seconds since the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
