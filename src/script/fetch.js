// `fetch` with the access token of a session.
// @ts-check

import { redirected } from './errors.js';

/** @import { Core } from './module' */

/**
 * Sends a request: with the token where its origin may have it, else as it is.
 * @param {Core} core
 * @param {number} session
 * @param {typeof fetch | undefined} transport stands in for the `fetch` of the browser
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function fetchWithToken(core, session, transport, input, init) {
  const send = transport ?? fetch;
  const url = new URL(input instanceof Request ? input.url : input, document.baseURI);
  if (!core.mayCall(session, `${url.origin}/`)) {
    return send(input, init);
  }
  // A body can be read once, and the API may want the request a second time.
  let next = new Request(input, init);
  // Both were read from the input of the page, which may give another address the second time.
  const target = new URL(next.url);
  if (target.origin !== url.origin || !next.url.startsWith(`${url.origin}/`)) {
    throw new TypeError('The address of the request is not clear.');
  }
  const isDressed = ['authorization', 'dpop'].some((name) => next.headers.has(name));
  const call = core.call(session, next.method, target.origin + target.pathname, isDressed);
  try {
    for (;;) {
      const request = next;
      next = request.clone();
      const headers = new Headers(request.headers);
      for (const [name, value] of Object.entries(JSON.parse(await call.headers()))) {
        headers.set(name, value);
      }
      // The fetch of the browser leaves the token out where a redirect changes the origin; no other transport has to. A
      // DPoP proof names its address, so with DPoP no redirect is followed.
      const mayFollow = !transport && !headers.has('dpop');
      const redirect = request.redirect === 'follow' && !mayFollow ? 'manual' : request.redirect;
      // A changed request loses these two.
      const { referrer, referrerPolicy } = request;
      const response = await send(new Request(request, { headers, redirect, referrer, referrerPolicy }));
      const isElsewhere = response.redirected && !(mayFollow && core.mayCall(session, `${new URL(response.url).origin}/`));
      if ((response.type === 'opaqueredirect' && request.redirect === 'follow') || isElsewhere) {
        await response.body?.cancel();
        throw redirected(!mayFollow);
      }
      /** @param {string} name */
      const header = (name) => response.headers.get(name) ?? undefined;
      const date = Date.parse(header('date') ?? '') / 1000;
      if (!(await call.judge(response.status, header('www-authenticate'), header('dpop-nonce'), date))) {
        return response;
      }
      await response.body?.cancel();
    }
  } finally {
    call.free();
    // The copy for a second time is not needed any more.
    next.body?.cancel().catch(() => {});
  }
}
