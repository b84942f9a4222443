// As much of a browser as callback.html and arrival.js need: one page in one tab.

/** Text by key, as `Storage` has it. */
export class Storage {
  constructor(records = {}) {
    Object.assign(this, records);
  }
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) { this[key] = String(value); }
  removeItem(key) { delete this[key]; }
}

/** A page at `address`, with what its tab keeps. `worker` answers what the callback page asks its service worker. */
export function page(address, records, worker) {
  const said = [];
  const warned = [];
  const posted = [];
  const timers = new Map();
  let href = address;
  let goes;
  const location = {
    get href() { return href; },
    get origin() { return new URL(href).origin; },
    get pathname() { return new URL(href).pathname; },
    replace(target) {
      goes = new URL(target, href).href;
      const [before, after] = [href, goes].map((place) => place.split('#', 1)[0]);
      if (before === after && goes.includes('#')) href = goes;
    },
  };
  const shown = [];
  const sessionStorage = new Storage(records);
  class BroadcastChannel {
    constructor(name) { Object.assign(this, { name }); }
    postMessage(message) { posted.push({ to: this.name, message, channel: this }); }
  }
  const window = {
    location,
    history: {
      state: { own: 1 },
      replaceState(state, _, target) {
        const next = new URL(target, href);
        // As a browser does it.
        if (next.origin !== location.origin) throw new DOMException('another origin', 'SecurityError');
        href = next.href;
        shown.push(href);
      },
    },
    sessionStorage,
    BroadcastChannel,
    document: {
      querySelector: () => ({ set textContent(words) { said.push(words); } }),
      createElement: () => ({}),
      body: { replaceChildren: ({ textContent }) => said.push(textContent) },
    },
    navigator: { serviceWorker: worker && { controller: {
      postMessage(message, ports) {
        const answer = worker(message);
        ports?.[0].answer(answer);
      },
    } } },
    MessageChannel: class {
      port1 = {};
      port2 = { answer: (data) => this.port1.onmessage({ data }) };
    },
    console: { warn: (words) => warned.push(words) },
    setTimeout(run, after, ...given) {
      timers.set(timers.size + 1, () => run(...given));
      return timers.size;
    },
    clearTimeout: (timer) => timers.delete(timer),
    close: () => said.push('closed'),
    crypto,
    URL,
    URLSearchParams,
    atob,
  };
  window.window = window;
  return {
    window,
    sessionStorage,
    posted,
    said,
    warned,
    shown,
    get href() { return href; },
    get goes() { return goes; },
    // Nobody answered in time.
    pass() {
      for (const run of [...timers.values()]) run();
    },
  };
}

/** Runs the text of a script in such a page. */
export function run(source, { window }) {
  new Function(...Object.keys(window), source)(...Object.values(window));
}
