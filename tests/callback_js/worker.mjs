// callback-worker.js in the place of a browser.

import { readFileSync } from 'node:fs';

export const SOURCE = readFileSync(new URL('../../callback-worker.js', import.meta.url), 'utf8');
export const PAGE = 'https://app.example/callback.html';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** The worker of the callback page at `page`, started. `network` answers what it sends. */
export function start(network = () => new Response('{}'), source = SOURCE, page = PAGE) {
  const listeners = {};
  const sent = [];
  const timers = [];
  const self = {
    location: new URL('https://app.example/callback-worker.js'),
    registration: { scope: page },
    addEventListener: (type, listener) => (listeners[type] = listener),
  };
  const fetch = async (input, init) => {
    sent.push({ input, init });
    return network(input, init);
  };
  const setTimer = (...given) => timers.push(setTimeout(...given)) && timers.at(-1);
  new Function('self', 'fetch', 'setTimeout', source)(self, fetch, setTimer);
  const worker = {
    sent,
    // What it answers a navigation with; undefined where that goes its way.
    async visit(url, { method = 'GET', headers, body } = {}) {
      const request = new Request(url, { method, headers, body, ...(body && { duplex: 'half' }) });
      Object.defineProperty(request, 'mode', { value: 'navigate' });
      let answer;
      listeners.fetch({ request, respondWith: (given) => (answer = given), waitUntil: () => {} });
      return answer;
    },
    async post(body, headers = FORM) {
      return worker.visit(PAGE, { method: 'POST', headers, body });
    },
    async ask(message) {
      const { port1, port2 } = new MessageChannel();
      const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
      listeners.message({ data: message, ports: [port2], waitUntil: () => {} });
      const answer = await answered;
      port1.close();
      return answer;
    },
    // A message that nobody waits for an answer to.
    tell: (message) => listeners.message({ data: message, ports: [], waitUntil: () => {} }),
    // The browser reports that a policy blocked a request to that address.
    forbid: (url) => listeners.securitypolicyviolation({ blockedURI: url }),
    // What the callback page and then the app do with a ticket.
    async exchange(answer) {
      const ticket = ticketOf(answer);
      const { address, body } = await worker.ask({ type: 'pkce-login-callback-answer', ticket });
      const code = new URLSearchParams(body ?? new URL(address).search).get('code');
      const form = `grant_type=authorization_code&code=${encodeURIComponent(code)}`;
      return worker.ask({ type: 'pkce-login-callback-exchange', url: 'https://as.example/token', headers: {}, body: form });
    },
    end: () => timers.forEach(clearTimeout),
  };
  return worker;
}

export const ticketOf = (answer) => /^https:\/\/app\.example\/callback\.html#caught=([0-9a-f]{32})$/.exec(answer.headers.get('location'))[1];
