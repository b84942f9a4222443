//! Answers that the callback page announces from a popup or a frame.
//!
//! They arrive over a channel of this origin, so nothing depends on `window.opener`, which a
//! `Cross-Origin-Opener-Policy` of the authorizer removes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Object, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent, Window};

use super::answer::Answer;
use super::worker::{flag, text};
use crate::client::{ANSWER_KEY, BY_APP_ADVICE};

/// How often to check whether to keep waiting, in milliseconds.
const TICK: i32 = 250;

/// The longest accepted announcement, in UTF-16 units. An answer is far shorter.
const MAX_LENGTH: u32 = 256 * 1024;

/// This page has no channel or no timer.
pub(super) struct NoChannel;

/// Stops listening when the wait ends, also when the caller gives up.
struct Listening {
    window: Window,
    channel: BroadcastChannel,
    ticks: i32,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_tick: Closure<dyn FnMut()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
        self.window.clear_interval_with_handle(self.ticks);
    }
}

#[derive(Default)]
struct Heard {
    answer: RefCell<Option<Answer>>,
    waker: Cell<Option<Waker>>,
}

impl Heard {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Waits for the answer with that state, until `given_up` returns a reason to stop. Ignores all other messages.
///
/// It listens from the first poll on. The page that announces the answer must start after that, through `start`.
pub(super) async fn answer<E: From<NoChannel>>(
    state: &str,
    start: impl FnOnce() -> Result<(), E>,
    mut given_up: impl FnMut() -> Option<E>,
) -> Result<Answer, E> {
    let heard = Rc::new(Heard::default());
    let _listening = listen(state, &heard).ok_or(NoChannel)?;
    start()?;
    std::future::poll_fn(|context| {
        if let Some(answer) = heard.answer.take() {
            return Poll::Ready(Ok(answer));
        }
        if let Some(reason) = given_up() {
            return Poll::Ready(Err(reason));
        }
        heard.waker.set(Some(context.waker().clone()));
        Poll::Pending
    })
    .await
}

fn listen(state: &str, heard: &Rc<Heard>) -> Option<Listening> {
    let window = web_sys::window()?;
    let origin = window.location().origin().ok()?;
    let channel = BroadcastChannel::new(ANSWER_KEY).ok()?;
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
        let (heard, channel, state) = (Rc::clone(heard), channel.clone(), state.to_owned());
        move |event: MessageEvent| {
            if event.origin() != origin {
                return;
            }
            let Some((id, answer)) = read(&event).filter(|(_, answer)| answer.claims(&state)) else { return };
            if flag(&event.data(), "byApp") {
                web_sys::console::warn_1(&BY_APP_ADVICE.into());
            }
            // The callback page then closes its window. If this message fails, the callback page tells the person.
            let taken = Object::new();
            let _ = Reflect::set(&taken, &"taken".into(), &id.into()).and_then(|_| channel.post_message(&taken));
            heard.answer.replace(Some(answer));
            heard.wake();
        }
    });
    let on_tick = Closure::<dyn FnMut()>::new({
        let heard = Rc::clone(heard);
        move || heard.wake()
    });
    let ticks =
        window.set_interval_with_callback_and_timeout_and_arguments_0(on_tick.as_ref().unchecked_ref(), TICK).ok()?;
    channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    Some(Listening { window, channel, ticks, _on_message: on_message, _on_tick: on_tick })
}

/// Reads `{ id, address, body? }`; `None` for any other shape.
fn read(event: &MessageEvent) -> Option<(String, Answer)> {
    let data = event.data();
    let member = |name: &str| {
        let value = Reflect::get(&data, &name.into()).ok()?;
        value.dyn_ref::<js_sys::JsString>().filter(|text| text.length() <= MAX_LENGTH)?;
        value.as_string()
    };
    let body = Reflect::get(&data, &"body".into()).ok().filter(|body| !body.is_undefined());
    let answer = Answer {
        address: member("address")?,
        body: match body {
            None => None,
            Some(_) => Some(member("body")?),
        },
    };
    Some((Some(text(&data, "id")).filter(|id| !id.is_empty())?, answer))
}
