//! Web Locks, where the browser has them: one tab of this origin at a time.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// How long to wait for another tab, in milliseconds: a tab that hangs must not block this one. Longer than a refresh
/// can take, which is three requests: two tabs that send one refresh token look like theft.
const TIME_LIMIT: u32 = 65_000;

/// A lock that is held until this is dropped.
pub(super) struct Held {
    release: Function,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Resolving a promise cannot fail.
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// Waits for the lock `name`; `None` where the browser has no locks, refuses them to this page, or another tab does not
/// release the lock in time.
pub(super) async fn acquire(name: &str) -> Option<Held> {
    let locks = Reflect::get(web_sys::window()?.navigator().as_ref(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;

    let (until_released, release) = promise()?;
    let (until_granted, grant) = promise()?;
    let granted = Closure::<dyn FnMut() -> Promise>::new(move || {
        let _ = grant.call0(&JsValue::NULL);
        until_released.clone()
    });
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &AbortSignal::timeout_with_u32(TIME_LIMIT)).ok()?;
    let requested = request.call3(&locks, &name.into(), &options, granted.as_ref()).ok()?;
    let requested: Promise = requested.dyn_into().ok()?;
    // The request settles early only if it is refused or takes too long: the work then continues without a lock. The
    // signal has no effect once the lock is granted.
    JsFuture::from(Promise::race(&Array::of2(&until_granted, &requested))).await.ok()?;
    Some(Held { release, _granted: granted })
}

fn promise() -> Option<(Promise, Function)> {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    resolver.map(|resolve| (promise, resolve))
}
