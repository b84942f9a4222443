//! Messages between the tabs of this origin, where the browser has broadcast channels.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

/// All sessions of the origin share one channel; each message names its session.
const NAME: &str = "pkce-login.sessions";

/// Listens until it is dropped.
pub struct Listening {
    channel: Option<BroadcastChannel>,
    _hear: Closure<dyn Fn(MessageEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

thread_local! {
    /// This page sends on this channel. The channel stays open, because a message on a closed channel may be lost.
    static CHANNEL: Option<BroadcastChannel> = BroadcastChannel::new(NAME).ok();
}

pub(super) fn tell(message: &str) {
    CHANNEL.with(|channel| {
        if let Some(channel) = channel {
            // A tab that misses the message finds out when it uses tokens that are gone.
            let _ = channel.post_message(&message.into());
        }
    });
}

pub(super) fn listen(hear: Box<dyn Fn(&str)>) -> Listening {
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            hear(&text);
        }
    });
    let channel = BroadcastChannel::new(NAME).ok();
    if let Some(channel) = &channel {
        channel.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    }
    Listening { channel, _hear: hear }
}
