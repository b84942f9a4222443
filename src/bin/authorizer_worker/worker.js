// The built-in authorizer's service worker: takes the browser's events to the WebAssembly module.
//
// The build puts wasm-bindgen's glue (the global `wasm_bindgen`) in front of this file and the module's address in
// place of __WASM_URL__. A site with a worker of its own imports the result with importScripts(); the module then has
// to lie beside that worker, and the flag below stands in that worker's address.
//
// It runs on this machine only, unless it is registered as `authorizer-worker.js?allow-origin=1`: it lets anyone in.

(() => {
  "use strict";

  const HELLO = "pkce-login-authorizer-hello";
  const REQUEST = "pkce-login-authorizer-request";
  const LISTEN = "pkce-login-authorizer-listen";
  const FORGET = "pkce-login-authorizer-forget";

  // How long a request is waited for on a port, in milliseconds.
  const PATIENCE = 20_000;

  const scope = self.registration.scope;
  const moduleUrl = new URL("__WASM_URL__", self.location.href).href;
  const issuer = new URL("authorizer", scope);
  // RFC 8414, section 3.1: the well-known part stands before the issuer's path.
  const wellKnown = new URL(`/.well-known/oauth-authorization-server${issuer.pathname}`, scope);

  // The scope is in the name, as several apps can share one origin. The module's address has its hash in it.
  const cachePrefix = `pkce-login-authorizer ${scope} `;
  const cacheName = cachePrefix + moduleUrl;

  const isOurs = (url) => {
    const place = url.split(/[?#]/, 1)[0];
    return [issuer.href, wellKnown.href].some((root) => place === root || place.startsWith(`${root}/`));
  };

  // All listeners are added before the first wait: a worker that wakes up for an event must have them.
  self.addEventListener("install", (event) => {
    event.waitUntil(install());
  });
  self.addEventListener("activate", (event) => {
    event.waitUntil(activate());
  });
  self.addEventListener("fetch", (event) => {
    if (isOurs(event.request.url)) {
      event.respondWith(answerFetch(event.request));
    }
  });
  self.addEventListener("message", (event) => {
    const [port] = event.ports;
    if (port && event.data?.type === HELLO) {
      event.waitUntil(answerHello(port));
    } else if (port && event.data?.type === REQUEST) {
      event.waitUntil(answerMessage(event.data, port));
    } else if (port && event.data?.type === LISTEN) {
      event.waitUntil(listen(port));
    } else if (port && event.data?.type === FORGET) {
      event.waitUntil(answerForget(port));
    }
  });

  async function install() {
    const response = await fetch(moduleUrl);
    if (!response.ok) {
      throw new Error(`${moduleUrl} answered ${response.status}`);
    }
    // Where the cache is blocked the module is loaded when it is needed.
    await caches.open(cacheName).then((cache) => cache.put(moduleUrl, response)).catch(() => {});
    await self.skipWaiting();
  }

  async function activate() {
    await deleteCaches((name) => name !== cacheName);
    await self.clients.claim();
  }

  async function deleteCaches(isOld) {
    const names = await caches.keys().catch(() => []);
    const old = names.filter((name) => name.startsWith(cachePrefix) && isOld(name));
    await Promise.all(old.map((name) => caches.delete(name)));
  }

  // Once for all requests, and again only if it failed. Gives a sentence if the authorizer must not run here.
  let started;
  function start() {
    started ??= load().catch((error) => {
      started = undefined;
      throw error;
    });
    return started;
  }

  async function load() {
    const cached = await caches.match(moduleUrl).catch(() => undefined);
    try {
      await wasm_bindgen({ module_or_path: cached ?? fetch(moduleUrl) });
    } catch (error) {
      // After a new deployment this worker's own module may be gone: then its successor is there for the next visit.
      self.registration.update().catch(() => {});
      throw error;
    }
    return wasm_bindgen.start(self.location.href, scope, await options());
  }

  // The text of the file that `?options=` of this script's address names, if it is of this origin.
  async function options() {
    const name = new URL(self.location.href).searchParams.get("options");
    if (name === null) {
      return undefined;
    }
    const url = new URL(name, self.location.href);
    const response = url.origin === self.location.origin ? await fetch(url, { cache: "no-cache" }) : undefined;
    if (!response?.ok) {
      // No options: the module says what it needs.
      return "";
    }
    return response.text();
  }

  async function ask(request) {
    const refused = await start();
    if (refused) {
      return failure(403, refused, request.isNavigation);
    }
    try {
      const answer = await wasm_bindgen.answer(request);
      // A fault of the issuer: a slow answer.
      if (answer.delay) {
        await new Promise((resolve) => setTimeout(resolve, answer.delay));
      }
      return answer;
    } catch (error) {
      started = undefined;
      throw error;
    }
  }

  async function answerFetch(request) {
    const isNavigation = request.mode === "navigate";
    let answer;
    try {
      answer = await ask({
        isNavigation,
        method: request.method,
        url: request.url,
        // The browser adds Origin later on; whose request it is, is certain: a worker sees only its own origin's.
        origin: isNavigation ? undefined : self.location.origin,
        authorization: request.headers.get("authorization"),
        dpop: request.headers.get("dpop"),
        contentType: request.headers.get("content-type"),
        body: request.method === "GET" || request.method === "HEAD" ? "" : await request.text(),
      });
    } catch (error) {
      console.error(error);
      answer = stopped(isNavigation);
    }
    // A fault of the issuer: an answer that does not arrive looks like one that the page may not read.
    if (answer.lost || (request.mode === "cors" && !isReadable(answer))) {
      return Response.error();
    }
    const { status, headers, body } = answer;
    return new Response(status === 204 ? null : body, { status, headers });
  }

  async function answerMessage({ url, method, headers, body }, port) {
    const fields = new Headers(headers);
    try {
      const answer = await ask({
        isNavigation: false,
        method: String(method),
        url: String(url),
        origin: self.location.origin,
        authorization: fields.get("authorization"),
        dpop: fields.get("dpop"),
        contentType: fields.get("content-type"),
        body: String(body ?? ""),
      });
      port.postMessage(isReadable(answer) && !answer.lost ? answer : { blocked: true });
    } catch (error) {
      console.error(error);
      port.postMessage(stopped(false));
    }
  }

  // One request of another service worker, which has what the page that brought its port must not have. Its own
  // requests would pass this worker by.
  function listen(port) {
    return new Promise((resolve) => {
      setTimeout(resolve, PATIENCE);
      port.onmessage = ({ data }) => resolve(answerMessage(data, port));
    });
  }

  async function answerHello(port) {
    try {
      const refused = await start();
      port.postMessage(refused ? { refused } : { ready: true });
    } catch (error) {
      console.error(error);
      port.postMessage({ failed: true });
    }
  }

  async function answerForget(port) {
    try {
      // The module has to be there, and a start that is under way must not bring back what is deleted here.
      await start().catch(() => {});
      started = undefined;
      try {
        await wasm_bindgen.forget(scope);
      } finally {
        await deleteCaches(() => true);
      }
      port.postMessage({ forgotten: true });
    } catch (error) {
      console.error(error);
      port.postMessage({ failed: true });
    }
  }

  // The browser does not ask for CORS within one origin. An authorizer elsewhere would be asked, so this one
  // behaves as if it were elsewhere: what it does not allow a page to read, the page does not get.
  function isReadable({ headers }) {
    return headers.some(([name]) => name.toLowerCase() === "access-control-allow-origin");
  }

  function stopped(isNavigation) {
    return failure(500, "The built-in authorizer stopped with an error. Go back to the app and start again.", isNavigation);
  }

  function failure(status, sentence, isNavigation) {
    const headers = [
      ["Cache-Control", "no-store"],
      ["Content-Type", isNavigation ? "text/html; charset=utf-8" : "application/json"],
      ["Access-Control-Allow-Origin", "*"],
    ];
    const body = isNavigation
      ? `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Built-in authorizer</title><h1>Built-in authorizer</h1><p>${sentence}</p></html>`
      : JSON.stringify({ error: "server_error", error_description: sentence });
    return { status, headers, body };
  }
})();
