//! What a tab finds in its own storage, where any script of the page may have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkce_login::protocol::pending_login::PendingLogin;
use pkce_login_fuzz::{NOW, assert_sound, second_reader};

fuzz_target!(|input: &str| {
    let Some(pending) = PendingLogin::from_record(input) else { return };
    assert_sound(&pending.server);
    let _ = pending.is_expired(NOW);
    let written = pending.to_record();
    assert_eq!(PendingLogin::from_record(&written).as_ref(), Some(&pending));
    let Some(record) = second_reader(&written) else { return };
    assert_eq!(record["state"], pending.state.expose());
    assert_eq!(record["verifier"], pending.verifier.expose());
    assert_eq!(record["return_to"], pending.return_to.as_str());
});
