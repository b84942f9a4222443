// The built-in authorizer for demonstrations: a service worker beside callback.html. It is registered when somebody is
// about to need it, and requests for it reach it also where it does not control the page: on the first visit, and after
// a reload that went past the cache. src/bin/authorizer_worker/worker.js knows the messages.

const HELLO = 'pkce-login-authorizer-hello';
const REQUEST = 'pkce-login-authorizer-request';
const POLICY = 'pkce-login';

// How long the worker may take to get ready or to answer, in milliseconds.
const PATIENCE = 20_000;

/**
 * @param base the directory of the callback page, with a slash at its end
 * @param elsewhere what other requests go through
 */
export function start(base, elsewhere = (input, init) => fetch(input, init)) {
  let worker;
  let starting;

  // Asked before each trip, as the person may have cleared the site's data since the last one. Whoever asks at the same
  // time waits for the same answer.
  const awake = () => {
    starting ??= wake(base).then((found) => (worker = found)).finally(() => (starting = undefined));
    // Whoever waits for it is told; nobody else has to be.
    starting.catch(() => {});
    return starting;
  };

  const send = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input, document.baseURI).href;
    if (!asked.startsWith(`${base}authorizer/`)) {
      return elsewhere(input, init);
    }
    // Made only now: it uses up the body of the request that it is made from.
    const request = new Request(input, init);
    if (!worker || worker.state === 'redundant') {
      await awake();
    }
    if (navigator.serviceWorker.controller?.scriptURL === worker.scriptURL) {
      return fetch(request);
    }
    const { url, method, headers } = request;
    const body = await request.text();
    const answer = await ask(worker, { type: REQUEST, url, method, headers: Object.fromEntries(headers), body });
    if (answer.blocked) {
      throw new TypeError('The built-in authorizer does not let this page read the answer.');
    }
    return new Response(answer.status === 204 ? null : answer.body, { status: answer.status, headers: answer.headers });
  };

  return { fetch: send, awake };
}

async function wake(base) {
  const container = navigator.serviceWorker;
  if (!container) {
    throw problem('service_workers_unavailable', 'This browser has no service workers here.', 'Use an ordinary window or another browser.');
  }
  const own = new URL('authorizer-worker.js', base).href;
  const known = await container.getRegistration(base).catch(() => undefined);
  const there = known?.scope === base ? [known.active, known.waiting, known.installing].filter(Boolean) : [];
  if (there.some(({ scriptURL }) => scriptURL.split('?')[0] !== own)) {
    throw problem('scope_taken', 'This site has a service worker of its own already.', 'Put callback.html and the workers into a directory of their own, and set the redirect URI to the page there.');
  }
  let worker;
  try {
    // By the address that it has: another one would replace it.
    const script = trusted(there[0]?.scriptURL ?? own);
    const registration = await container.register(script, { scope: base, updateViaCache: 'none' });
    worker = await active(registration);
  } catch (cause) {
    throw problem('registration_failed', 'The built-in authorizer could not be installed.', 'Check that authorizer-worker.js and its module lie beside callback.html, then reload.');
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

/** A worker that is only activating takes messages already. */
function active(registration) {
  if (registration.active) {
    return registration.active;
  }
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('It did not get ready in time.')), PATIENCE);
    coming.addEventListener('statechange', () => {
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

// A page has a policy of one name once: src/browser/worker.rs looks for it under the same symbol.
function trusted(url) {
  const kept = Symbol.for(POLICY);
  window[kept] ??= window.trustedTypes?.createPolicy(POLICY, {
    createScriptURL: (text) => {
      const { href } = new URL(text, location.href);
      // By its text: a blob has the origin of the page, too.
      if (!href.startsWith(`${location.origin}/`)) {
        throw new TypeError('A worker comes from its own origin.');
      }
      // As it was checked: the browser would read a relative address from another base.
      return href;
    },
  });
  return window[kept]?.createScriptURL(url) ?? url;
}

// As the text that core.js makes its errors from: this file is built by itself, and would have a class of its own.
function problem(code, message, advice) {
  return JSON.stringify({
    code,
    message,
    meaning: 'It is a service worker for demonstrations, and without it there is nobody to sign in at. Nothing was sent.',
    advice,
    step: 'load',
    retryable: false,
  });
}
