// The callback worker: a service worker for the callback page only. It takes the answer before any page or server sees
// it, keeps the code in memory, and sends the one request that needs it. The callback page and the app get the answer
// with a ticket in place of the code.
//
// It narrows where the code can be seen, but is no security boundary: a script in the app can make this worker send the
// code with a verifier to an address of its choice, or start a login of its own.
//
// The published file includes the callback page, so that the way back does not wait for the network.
//
// Register it with the address of the callback page as its scope. Your own worker can include it with importScripts();
// set `self.pkceLoginCallback` to that address first.

(() => {
  "use strict";

  const HELLO = "pkce-login-callback-hello";
  const ANSWER = "pkce-login-callback-answer";
  const BEGIN = "pkce-login-callback-begin";
  const EXCHANGE = "pkce-login-callback-exchange";
  const RELEASE = "pkce-login-callback-release";
  const FORGET = "pkce-login-callback-forget";

  // The build inserts callback.html. Without it, the host serves the page.
  const PAGE = "__CALLBACK_PAGE__";

  // In a caught answer, this mark and the ticket replace the code.
  const MARK = "caught~";
  // How long the worker keeps a code, in milliseconds, and how many. Any site can open the callback page with forged
  // answers: at the limit the worker keeps what it has, and catches no more.
  const LIFE = 60_000;
  const MOST = 2000;
  // The largest answer, as a query or a form, in octets.
  const LARGEST_ANSWER = 64 * 1024;
  // How often a code may be sent: a second time only if the authorizer asks for a DPoP nonce.
  const ATTEMPTS = 2;
  // How long the authorizer may take, in milliseconds.
  const TIME_LIMIT = 20_000;
  // The largest response of a token endpoint, in octets.
  const LARGEST = 1024 * 1024;
  // The response headers that the client reads.
  const HEADERS = ["content-type", "date", "dpop-nonce", "www-authenticate"];
  const RESPONSE = ["code", "error", "response", "state"];

  const page = new URL(self.pkceLoginCallback ?? self.registration.scope, self.location.href).href.split(/[?#]/, 1)[0];

  // Addresses that the policy of this script forbids.
  const forbidden = new Set();

  self.addEventListener("securitypolicyviolation", (event) => forbidden.add(event.blockedURI));

  // Ticket -> { address, body, code, attempts, busy, begun, forget }.
  const caught = new Map();

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    // Requests other than answers to the callback page pass as if this worker did not exist.
    if (request.mode !== "navigate" || request.url.split(/[?#]/, 1)[0] !== page) {
      return;
    }
    const [address] = request.url.split("#", 1);
    if (address.length > LARGEST_ANSWER) {
      return;
    }
    if (request.method === "GET" && caught.size < MOST && isAnswer(query(address))) {
      event.respondWith(caughtIn(event, address));
    } else if (request.method === "POST" && isForm(request)) {
      event.respondWith(posted(event, address));
    } else if (request.method === "GET" && address === page && PAGE.startsWith("<")) {
      event.respondWith(callbackPage());
    }
  });

  // The page contains its own policy.
  function callbackPage() {
    return new Response(PAGE, { headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" } });
  }

  self.addEventListener("message", (event) => {
    const [port, authorizer] = event.ports;
    const message = event.data;
    if (message?.type === BEGIN) {
      event.waitUntil(begin(message));
    }
    if (!port) {
      return;
    }
    if (message?.type === HELLO) {
      port.postMessage({ ready: true, page });
    } else if (message?.type === ANSWER) {
      port.postMessage(handOut(message.ticket));
    } else if (message?.type === EXCHANGE) {
      event.waitUntil(exchange(message, authorizer).then((answer) => port.postMessage(answer)));
    } else if (message?.type === RELEASE) {
      port.postMessage(release(String(message.body)));
    } else if (message?.type === FORGET) {
      for (const entry of [...caught.values()]) {
        entry.forget();
      }
      port.postMessage({ forgotten: true });
    }
  });

  async function posted(event, address) {
    const { request } = event;
    const octets = isLarger(request, LARGEST_ANSWER) ? undefined : await read(request.clone(), LARGEST_ANSWER);
    const text = octets && new TextDecoder().decode(octets);
    if (text === undefined || !isAnswer(text)) {
      return fetch(request);
    }
    // No page can take a form: the app reports that the answer is lost.
    return caught.size < MOST ? caughtIn(event, address, text) : goOn(random());
  }

  // Keeps the answer, and redirects to an address that reveals nothing.
  function caughtIn(event, address, body) {
    const ticket = random();
    const entry = { attempts: 0, busy: false, code: undefined };
    const keep = (text) => withCode(text, (code) => {
      // Of two codes neither is used: the client refuses an answer with a repeated parameter.
      entry.code ??= code;
      return MARK + ticket;
    });
    const place = address.split("?", 1)[0];
    entry.address = address === place ? place : `${place}?${keep(query(address))}`;
    entry.body = body === undefined ? undefined : keep(body);
    // The browser stops an idle worker, which would lose the code.
    event.waitUntil(new Promise((resolve) => {
      const timer = setTimeout(() => entry.forget(), LIFE);
      entry.forget = () => {
        clearTimeout(timer);
        caught.delete(ticket);
        resolve();
      };
    }));
    caught.set(ticket, entry);
    return goOn(ticket);
  }

  function goOn(ticket) {
    return new Response(null, {
      status: 303,
      headers: { Location: `${page}#caught=${ticket}`, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
    });
  }

  // Gives the answer once: a second request for the ticket gets nothing.
  function handOut(ticket) {
    const entry = caught.get(ticket);
    if (!entry || entry.address === undefined) {
      return { lost: true };
    }
    const { address, body } = entry;
    entry.address = entry.body = undefined;
    if (entry.code === undefined) {
      entry.forget();
    }
    return { address, body };
  }

  // The entry for the ticket in a token request.
  function entryOf(body) {
    let ticket;
    withCode(body, (code) => (ticket = code.startsWith(MARK) ? code.slice(MARK.length) : undefined));
    return caught.get(ticket);
  }

  // Sends the token request while the app loads, as the callback page found the answer plainly right. The response
  // waits until the app has judged the answer, and asks for it with exactly the same request.
  async function begin({ ticket, url, body }) {
    const entry = caught.get(ticket);
    if (entry?.code === undefined || entry.begun || entry.attempts > 0) {
      return;
    }
    const [to, form] = [String(url), withCode(String(body), () => entry.code)];
    const headers = { "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" };
    const answer = send(to, headers, form).catch(async (error) => ({ failed: await reasonOf(error, to) }));
    entry.begun = { to, form, at: Date.now(), answer };
    await answer;
  }

  // Returns the response, once. Adds the waiting time to its `Date`, from which the app learns the current time.
  async function finish(entry, url, form) {
    const { to, at, answer } = entry.begun;
    const isSame = to === url && entry.begun.form === form;
    entry.busy = true;
    const came = await answer;
    if (came.failed === "forbidden") {
      entry.begun = undefined;
      entry.busy = false;
      return came;
    }
    entry.forget();
    if (!isSame) {
      return { failed: "lost" };
    }
    for (const header of came.headers ?? []) {
      if (header[0] === "date") {
        header[1] = new Date(Date.parse(header[1]) + Date.now() - at).toUTCString();
      }
    }
    return came;
  }

  // Sends a token request with the code in place of the ticket, and forgets the code after any response but one: an
  // authorizer that asks for a DPoP nonce (RFC 9449, section 8) has not looked at the code yet.
  async function exchange({ url, headers, body }, authorizer) {
    const entry = entryOf(String(body));
    if (entry?.code === undefined || entry.busy) {
      return { failed: "lost" };
    }
    if (entry.begun) {
      return finish(entry, String(url), withCode(String(body), () => entry.code));
    }
    entry.busy = true;
    entry.attempts += 1;
    let again = false;
    try {
      const by = authorizer ? sendThrough.bind(undefined, authorizer) : send;
      const answer = await by(String(url), headers, withCode(String(body), () => entry.code));
      again = answer.status !== undefined && entry.attempts < ATTEMPTS && asksForNonce(answer);
      return answer;
    } catch (error) {
      const failed = await reasonOf(error, String(url));
      again = failed === "forbidden";
      return { failed };
    } finally {
      entry.busy = false;
      if (!again) {
        entry.forget();
      }
    }
  }

  // Why no response came. "forbidden": nothing was sent, so the page asks for the code and may send it.
  async function reasonOf(error, url) {
    // The browser reports a violation in a separate task.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (forbidden.has(url) || forbidden.has(new URL(url).origin)) {
      return "forbidden";
    }
    return error.name === "TimeoutError" ? "timed_out" : "unreachable";
  }

  // For a page that sends requests in a way that this worker cannot or may not use.
  function release(body) {
    const entry = entryOf(body);
    if (entry?.code === undefined || entry.busy) {
      return { lost: true };
    }
    if (entry.begun) {
      return { begun: true };
    }
    const whole = withCode(body, () => entry.code);
    entry.attempts += 1;
    if (entry.attempts >= ATTEMPTS) {
      entry.forget();
    }
    return { body: whole };
  }

  async function send(url, headers, body) {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      mode: "cors",
      credentials: "omit",
      redirect: "manual",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIME_LIMIT),
    });
    if (response.type === "opaqueredirect") {
      return { failed: "redirected" };
    }
    const octets = isLarger(response, LARGEST) ? undefined : await read(response, LARGEST);
    if (octets === undefined) {
      await response.body?.cancel().catch(() => {});
      return { failed: "too_large" };
    }
    const told = [...response.headers].filter(([name]) => HEADERS.includes(name));
    return { status: response.status, headers: told, body: octets.buffer };
  }

  // To an authorizer that is a service worker: requests of this worker would bypass it. The page provided the port, but
  // sees nothing that goes through it.
  function sendThrough(authorizer, url, headers, body) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(reject, TIME_LIMIT, new DOMException("", "TimeoutError"));
      authorizer.onmessage = ({ data }) => {
        clearTimeout(late);
        resolve(data.blocked ? { failed: "blocked" } : data);
      };
      authorizer.postMessage({ url, method: "POST", headers, body });
    });
  }

  function asksForNonce({ status, body }) {
    if (status !== 400 && status !== 401) {
      return false;
    }
    try {
      const text = typeof body === "string" ? body : new TextDecoder().decode(body);
      return ["use_dpop_nonce", "invalid_dpop_proof"].includes(JSON.parse(text).error);
    } catch {
      return false;
    }
  }

  function isLarger({ headers }, most) {
    return Number(headers.get("content-length")) > most;
  }

  // The octets of a body; undefined if there are more than `most`. Content-Length may be wrong, and counts compressed
  // octets.
  async function read(message, most) {
    if (!message.body) {
      // Firefox has no stream for a request body.
      const whole = await message.blob();
      return whole.size > most ? undefined : new Uint8Array(await whole.arrayBuffer());
    }
    const reader = message.body.getReader();
    const parts = [];
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      length += value.byteLength;
      if (length > most) {
        // For a clone, this ends only when the original is read or cancelled, too.
        reader.cancel().catch(() => {});
        return undefined;
      }
      parts.push(value);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }

  function query(address) {
    return address.slice(address.split("?", 1)[0].length + 1);
  }

  function isAnswer(text) {
    const parameters = new URLSearchParams(text);
    return RESPONSE.some((name) => parameters.has(name));
  }

  function isForm(request) {
    const type = request.headers.get("content-type") ?? "";
    return type.split(";", 1)[0].trim().toLowerCase() === "application/x-www-form-urlencoded";
  }

  // Replaces the code in a query or form; all else stays byte for byte, also a value that cannot be a code, which the
  // client reports (RFC 6749, appendix A.11).
  function withCode(text, exchanged) {
    return text.split("&").map((pair) => {
      for (const [name, value] of new URLSearchParams(pair)) {
        if (name === "code" && /^[ -~]{1,16384}$/.test(value)) {
          return `code=${encodeURIComponent(exchanged(value))}`;
        }
      }
      return pair;
    }).join("&");
  }

  function random() {
    const octets = crypto.getRandomValues(new Uint8Array(16));
    return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  }
})();
