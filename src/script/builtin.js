// The built-in authorizer for demonstrations: a service worker beside callback.html, registered just before use.
// Requests reach it even where it does not control the page: on the first visit, and after a reload that bypassed the
// cache. src/bin/authorizer_worker/worker.js knows the messages.

const HELLO = 'pkce-login-authorizer-hello';
const REQUEST = 'pkce-login-authorizer-request';
const POLICY = 'pkce-login';

// How long the worker may take to activate or to answer, in milliseconds.
const PATIENCE = 20_000;

/**
 * @param {string} base the directory of the callback page, with a slash at its end
 * @param {typeof fetch} elsewhere sends all other requests
 */
export function start(base, elsewhere = (input, init) => fetch(input, init)) {
  /** @type {ServiceWorker | undefined} */
  let worker;
  /** @type {Promise<ServiceWorker> | undefined} */
  let starting;

  // Called before each login, as the user may have cleared the site data since. Concurrent calls share one promise.
  const awake = () => {
    starting ??= wake(base).then((found) => (worker = found)).finally(() => (starting = undefined));
    // The callers handle a rejection.
    starting.catch(() => {});
    return starting;
  };

  /** @type {typeof fetch} */
  const send = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input, document.baseURI).href;
    if (!asked.startsWith(`${base}authorizer/`)) {
      return elsewhere(input, init);
    }
    // Created only here, as it consumes the body of `input`.
    const request = new Request(input, init);
    const usable = !worker || worker.state === 'redundant' ? await awake() : worker;
    if (navigator.serviceWorker.controller?.scriptURL === usable.scriptURL) {
      return fetch(request);
    }
    const { url, method, headers } = request;
    const body = await request.text();
    const answer = await ask(usable, { type: REQUEST, url, method, headers: Object.fromEntries(headers), body });
    if (answer.blocked) {
      throw new TypeError('The built-in authorizer does not let this page read the answer.');
    }
    return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
  };

  return { fetch: send, awake };
}

/**
 * @param {string} base
 * @returns {Promise<ServiceWorker>}
 */
async function wake(base) {
  const container = navigator.serviceWorker;
  if (!container) {
    throw problem('service_workers_unavailable', 'This browser has no service workers here.', 'Use an ordinary window or another browser.');
  }
  const own = new URL('authorizer-worker.js', base).href;
  const known = await container.getRegistration(base).catch(() => undefined);
  const there = known?.scope === base ? [known.active, known.waiting, known.installing].filter((one) => one != null) : [];
  if (there.some(({ scriptURL }) => scriptURL.split('?')[0] !== own)) {
    throw problem('scope_taken', 'This site already has its own service worker.', 'Put callback.html and the workers into a directory of their own, and set the redirect URI to the page there.');
  }
  let worker;
  try {
    // At the address it already has: another address would replace the worker.
    const script = trusted(there[0]?.scriptURL ?? own);
    const registration = await container.register(script, { scope: base, updateViaCache: 'none' });
    worker = await active(registration);
  } catch (cause) {
    throw problem('registration_failed', 'The built-in authorizer could not be installed.', 'Check that authorizer-worker.js and its module are beside callback.html, then reload.');
  }
  const answer = await ask(worker, { type: HELLO }).catch(() => ({}));
  if (answer.refused) {
    throw problem('origin_not_allowed', 'The built-in authorizer does not work at this address.', 'It lets anyone in, so it runs on this machine only.');
  }
  if (!answer.ready) {
    throw problem('worker_no_answer', 'The built-in authorizer does not answer.', 'Reload the page.');
  }
  return worker;
}

/**
 * The worker takes messages even while it is activating.
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<ServiceWorker> | ServiceWorker}
 */
function active(registration) {
  if (registration.active) {
    return registration.active;
  }
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It was not ready in time.')), PATIENCE);
    coming?.addEventListener('statechange', () => {
      if (registration.active) {
        clearTimeout(timer);
        resolve(registration.active);
      } else if (coming.state === 'redundant') {
        clearTimeout(timer);
        reject(new Error('It could not be installed.'));
      }
    });
  });
}

/**
 * @param {ServiceWorker} worker
 * @param {object} message
 * @returns {Promise<any>} what the worker answers
 */
function ask(worker, message) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TypeError('The built-in authorizer does not answer.')), PATIENCE);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.postMessage(message, [port2]);
  }).finally(() => port1.close());
}

/**
 * A page can create a policy of one name once: src/browser/worker.rs finds it under the same symbol.
 * @param {string} url
 * @returns {string} or what stands for it where the page requires trusted types
 */
function trusted(url) {
  const policies = /** @type {any} */ (window);
  const key = Symbol.for(POLICY);
  policies[key] ??= policies.trustedTypes?.createPolicy(POLICY, {
    createScriptURL: (/** @type {string} */ text) => {
      const { href } = new URL(text, location.href);
      // Compared as text: a blob URL has the origin of the page, too.
      if (!href.startsWith(`${location.origin}/`)) {
        throw new TypeError('The worker has another origin.');
      }
      // As checked: the browser would resolve a relative address against another base.
      return href;
    },
  });
  return policies[key]?.createScriptURL(url) ?? url;
}

/**
 * JSON text, which errors.js makes its errors from: this file is built separately, and would have its own class.
 * @param {string} code
 * @param {string} message
 * @param {string} advice
 */
function problem(code, message, advice) {
  return JSON.stringify({
    code,
    message,
    meaning: 'The built-in authorizer is a service worker for demonstrations; sign-in needs it. Nothing was sent.',
    advice,
    step: 'load',
    retryable: false,
  });
}
