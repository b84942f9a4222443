// What a login must keep to itself, collected while it happens, and the places where it must not be.

import { expect } from '@playwright/test';

export class Watch {
  // Codes and tokens, as they passed by.
  secrets = new Set();
  // What a request to the authorizer carries: it stands in the address of the authorizer's page, and nowhere else.
  marks = new Set();
  // The events of the element, as text.
  events = [];
  // What the browser refused for a page's policy.
  refused = [];
  // What was sent to a token endpoint.
  tokenRequests = 0;
  // Errors that nobody caught.
  errors = [];

  static async start(context) {
    const watch = new Watch();
    await context.exposeBinding('testTold', (_, what, text) => watch[what](text));
    await context.addInitScript(inPage);
    context.on('weberror', (error) => watch.errors.push(String(error.error())));
    context.on('request', (request) => {
      // What the callback worker sends itself.
      if (request.serviceWorker() && request.method() === 'POST') watch.requested(request.url());
      if (!request.isNavigationRequest()) return;
      const { searchParams } = new URL(request.url());
      if (searchParams.has('code')) watch.secrets.add(searchParams.get('code'));
      if (searchParams.has('nonce')) for (const name of ['nonce', 'state']) watch.marks.add(searchParams.get(name));
    });
    return watch;
  }

  answered(text) {
    for (const [, value] of text.matchAll(/"(?:access_token|id_token|refresh_token)" ?: ?"([^"]+)"/g)) this.secrets.add(value);
  }

  requested(url) {
    if (new URL(url).pathname.endsWith('/token')) this.tokenRequests += 1;
  }

  fired(text) {
    this.events.push(text);
  }

  violated(text) {
    this.refused.push(text);
  }

  // After a login: nothing of it where others could read it.
  async expectClean(page) {
    // A code and three tokens, or the places below would be searched for nothing.
    expect(this.secrets.size).toBeGreaterThanOrEqual(3);
    // Nonce and state.
    expect(this.marks.size).toBe(2);
    const session = await page.context().newCDPSession(page);
    const { entries } = await session.send('Page.getNavigationHistory');
    const addresses = [page.url(), ...entries.map(({ url }) => url)];
    expect(addresses.filter((address) => /[?&#]code=/.test(address) || address.includes('callback.html'))).toEqual([]);
    const places = { events: this.events.join('\n'), ...(await page.evaluate(() => window.testPlaces())) };
    for (const [place, text] of Object.entries(places)) {
      const found = [...this.secrets, ...this.marks].filter((secret) => text.includes(secret));
      expect(found, `in the ${place}`).toEqual([]);
    }
    expect([...this.secrets].filter((secret) => addresses.join('\n').includes(secret))).toEqual([]);
    expect(this.errors).toEqual([]);
  }
}

// Runs in each page before its own scripts.
function inPage() {
  const tell = (what, text) => window.testTold(what, text);
  addEventListener('securitypolicyviolation', (event) => tell('violated', `${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  for (const name of ['before-redirect', 'state-change', 'signed-in', 'signed-out', 'error', 'trace']) {
    addEventListener(`pkce-${name}`, (event) => tell('fired', `${event.type} ${JSON.stringify(event.detail)}`));
  }

  const roots = [];
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    roots.push(root);
    return root;
  };
  const texts = (storage) => Object.entries(storage).flat().join('\n');
  window.testPlaces = () => ({
    document: document.documentElement.outerHTML,
    'shadow roots': roots.map((root) => root.innerHTML).join('\n'),
    properties: [...document.querySelectorAll('pkce-login')].map(propertiesOf).join('\n'),
    'session storage': texts(sessionStorage),
    'local storage': texts(localStorage),
  });
  // Also what an element inherits, as a script of the page would look.
  function propertiesOf(element) {
    const found = [];
    for (let at = element; at && at.constructor !== HTMLElement; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) {
        const value = element[name];
        // React keeps its own objects there.
        if (typeof value !== 'function' && !name.startsWith('__react')) found.push(`${name}=${JSON.stringify(value)}`);
      }
    }
    return found.join('\n');
  }

  const fetched = window.fetch;
  window.fetch = async (input, ...rest) => {
    tell('requested', input instanceof Request ? input.url : String(new URL(input, location.href)));
    const response = await fetched(input, ...rest);
    response.clone().text().then((text) => tell('answered', text), () => {});
    return response;
  };
  // The built-in authorizer is asked by messages where its worker does not control the page. Empty pages have no workers.
  if (!('ServiceWorker' in window)) return;
  const post = ServiceWorker.prototype.postMessage;
  ServiceWorker.prototype.postMessage = function (message, ports = [], ...rest) {
    // The callback worker sends it on, to the built-in authorizer by the second port.
    const isSentOn = message?.type?.startsWith('pkce-login-callback') && ports.length < 2;
    if (message?.url && !isSentOn) tell('requested', message.url);
    return post.call(this, message, ports, ...rest);
  };
  const heard = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    ...heard,
    set(listener) {
      heard.set.call(this, (event) => {
        const body = event.data?.body;
        // The callback worker passes octets on.
        const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body;
        if (typeof text === 'string') tell('answered', text);
        return listener.call(this, event);
      });
    },
  });
}
