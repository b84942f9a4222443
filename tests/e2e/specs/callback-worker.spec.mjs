// The callback worker by itself: what it catches, what it gives out, and how often it sends a code.

import { expect, test as base } from '../fixtures.mjs';
import { listen } from '../servers/listen.mjs';
import * as staticHost from '../servers/static.mjs';

const CODE = 'the-real-code';

// A token endpoint that answers what it is told to, and keeps what it got.
async function tokenEndpoint() {
  const got = [];
  const answers = [];
  const server = await listen((request, response) => {
    const allow = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    if (request.method === 'OPTIONS') return response.writeHead(204, allow).end();
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      got.push({ body, headers: request.headers });
      const { status, json, headers } = answers.shift() ?? { status: 200, json: {} };
      response.writeHead(status, { ...allow, 'access-control-expose-headers': '*', 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(json));
    });
  });
  return { url: `http://token.localhost:${server.port}/token`, got, answers, close: server.close };
}

const withoutPage = (script) => script.replace(/const PAGE = "(?:[^"\\]|\\.)*";/, 'const PAGE = "";');

const test = base.extend({
  host: [
    async ({}, use) => {
      const host = await staticHost.start({
        root: staticHost.EVERY_OPTION,
        pages: {
          'index.html': () => '<!doctype html><title>App</title>',
          // As the host serves it: what the worker brings along would be shown in its place.
          'callback-worker.js': withoutPage,
          // Silent where a test wants an answer that nobody has asked for yet.
          'callback.html': (html) => (host.isSilent ? '<!doctype html><title>Silent</title>' : html),
          // Posts what stands behind the `#` to the callback page, as an authorizer does.
          'poster.html': '<!doctype html><form method="post" action="callback.html"></form><script>for (const [name, value] of new URLSearchParams(location.hash.slice(1))) { const field = document.createElement("input"); Object.assign(field, { type: "hidden", name, value }); document.forms[0].append(field); } document.forms[0].submit()</script>',
        },
      });
      await use(host);
      await host.close();
    },
    { scope: 'worker' },
  ],
  silent: async ({ host }, use) => {
    await use((isSilent) => (host.isSilent = isSilent));
    host.isSilent = false;
  },
  endpoint: async ({}, use) => {
    const endpoint = await tokenEndpoint();
    await use(endpoint);
    await endpoint.close();
  },
  // A page of the host, with the worker in place.
  ready: async ({ page, host }, use) => {
    await page.goto(host.url);
    await install(page);
    await use(page);
  },
});

function install(page) {
  return page.evaluate(async () => {
    const { installing } = await navigator.serviceWorker.register('callback-worker.js', { scope: 'callback.html' });
    while (installing.state !== 'activated') await new Promise((resolve) => (installing.onstatechange = resolve));
  });
}

function ask(page, message) {
  return page.evaluate(async (message) => {
    const { active } = await navigator.serviceWorker.getRegistration('callback.html');
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    active.postMessage(message, [port2]);
    const data = await answered;
    return data.body instanceof ArrayBuffer ? { ...data, body: new TextDecoder().decode(data.body) } : data;
  }, message);
}

// Lets an answer arrive and gives what the callback page left in the tab.
async function arrive(page, host, parameters, by = 'query') {
  await page.goto(by === 'query' ? `${host.url}callback.html?${parameters}` : `${host.url}poster.html#${parameters}`);
  await page.waitForURL(host.url);
  return page.evaluate(() => ({
    address: sessionStorage.getItem('pkce-login.answer'),
    body: sessionStorage.getItem('pkce-login.answer.body') ?? undefined,
  }));
}

const marked = /^caught~[0-9a-f]{32}$/;

function codeIn(text) {
  return new URLSearchParams(text).get('code');
}

function exchange(page, endpoint, code, headers = { 'content-type': 'application/x-www-form-urlencoded' }) {
  const body = `grant_type=authorization_code&code=${encodeURIComponent(code)}&code_verifier=v`;
  return ask(page, { type: 'pkce-login-callback-exchange', url: endpoint.url, headers, body });
}

test('a caught answer is the same answer but for its code', async ({ ready, host }) => {
  const inQuery = await arrive(ready, host, `tenant=a%20b&code=${CODE}&state=s+t&iss=https%3A%2F%2Fas.example`);
  expect(inQuery.address).toMatch(/\?tenant=a%20b&code=caught~[0-9a-f]{32}&state=s\+t&iss=https%3A%2F%2Fas\.example$/);
  const posted = await arrive(ready, host, `code=${CODE}&state=st`, 'form_post');
  expect(posted.address).toBe(`${host.url}callback.html`);
  expect(codeIn(posted.body)).toMatch(marked);
  expect(new URLSearchParams(posted.body).get('state')).toBe('st');
});

test('what the client refuses, it can still see', async ({ ready, host }) => {
  const twice = await arrive(ready, host, `code=${CODE}&code=another&state=s`);
  expect(new URL(twice.address).searchParams.getAll('code').length).toBe(2);
  const broken = await arrive(ready, host, `code=${encodeURIComponent('a\u0000b')}&state=s`);
  expect(new URL(broken.address).searchParams.get('code')).toBe('a\u0000b');
  const signed = await arrive(ready, host, 'response=a.b.c', 'form_post');
  expect(signed.body).toBe('response=a.b.c');
});

test('the next answer in the tab brings no form of an earlier one', async ({ ready, host }) => {
  await arrive(ready, host, `code=${CODE}&state=s`, 'form_post');
  const next = await arrive(ready, host, `code=${CODE}&state=s`);
  expect(next.body).toBe(undefined);
});

test('a page that is no answer passes as if the worker were not there', async ({ ready, host }) => {
  const before = host.log.length;
  await ready.goto(`${host.url}callback.html?tenant=a`);
  await ready.waitForURL(host.url);
  expect(host.log.slice(before)).toContain('GET /callback.html?tenant=a');
  // Its scope is a prefix, and other pages can begin with it.
  await ready.goto(`${host.url}callback.html.bak?code=${CODE}`);
  expect(host.log).toContain(`GET /callback.html.bak?code=${CODE}`);
  // A form that is no answer is the host's to refuse.
  const refused = ready.waitForResponse((response) => response.url() === `${host.url}callback.html`);
  await ready.goto(`${host.url}poster.html#name=value`);
  expect((await refused).status()).toBe(405);
});

test('the code is sent once, with what the page wrote around it', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}%2B%26&state=s`);
  const code = codeIn(new URL(address).search);
  endpoint.answers.push({ status: 200, json: { access_token: 'a' }, headers: { 'dpop-nonce': 'n', 'x-more': 'm' } });
  const answer = await exchange(ready, endpoint, code, { 'content-type': 'application/x-www-form-urlencoded', dpop: 'proof' });
  expect(answer).toMatchObject({ status: 200, body: '{"access_token":"a"}' });
  expect(Object.fromEntries(answer.headers)).toMatchObject({ 'content-type': 'application/json', 'dpop-nonce': 'n' });
  expect(Object.fromEntries(answer.headers)).not.toHaveProperty('x-more');
  const [{ body, headers }] = endpoint.got;
  expect(body).toBe(`grant_type=authorization_code&code=${CODE}%2B%26&code_verifier=v`);
  expect(headers.dpop).toBe('proof');
  expect(headers).not.toHaveProperty('referer');
  expect(await exchange(ready, endpoint, code)).toEqual({ failed: 'lost' });
  expect(endpoint.got.length).toBe(1);
});

test('it is sent a second time where a DPoP nonce was asked for, and never a third', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const code = codeIn(new URL(address).search);
  const asks = { status: 400, json: { error: 'use_dpop_nonce' } };
  endpoint.answers.push(asks, asks, asks);
  for (let attempt = 0; attempt < 2; attempt += 1) expect((await exchange(ready, endpoint, code)).status).toBe(400);
  expect(await exchange(ready, endpoint, code)).toEqual({ failed: 'lost' });
  expect(endpoint.got.map(({ body }) => codeIn(body))).toEqual([CODE, CODE]);
});

// As `exchange`, with a port on which the page itself plays the authorizer and answers what it is given.
function exchangeThrough(page, endpoint, code, answers) {
  const body = `grant_type=authorization_code&code=${encodeURIComponent(code)}`;
  return page.evaluate(async ([message, answers]) => {
    const { active } = await navigator.serviceWorker.getRegistration('callback.html');
    const got = [];
    const results = [];
    for (const answer of answers) {
      const [reply, authorizer] = [new MessageChannel(), new MessageChannel()];
      authorizer.port1.onmessage = ({ data }) => {
        got.push(data);
        authorizer.port1.postMessage(answer);
      };
      const answered = new Promise((resolve) => (reply.port1.onmessage = ({ data }) => resolve(data)));
      active.postMessage(message, [reply.port2, authorizer.port2]);
      results.push(await answered);
    }
    return { got, results };
  }, [{ type: 'pkce-login-callback-exchange', url: endpoint.url, headers: { dpop: 'proof' }, body }, answers]);
}

test('with a port to an authorizer that is a worker, the code goes there alone, as often as elsewhere', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const asks = { status: 400, headers: [['DPoP-Nonce', 'n']], body: '{"error":"use_dpop_nonce"}' };
  const grants = { status: 200, headers: [], body: '{"access_token":"a"}' };
  const { got, results } = await exchangeThrough(ready, endpoint, codeIn(new URL(address).search), [asks, grants, grants]);
  expect(results).toEqual([asks, grants, { failed: 'lost' }]);
  const request = { url: endpoint.url, method: 'POST', headers: { dpop: 'proof' }, body: `grant_type=authorization_code&code=${CODE}` };
  expect(got).toEqual([request, request]);
  expect(endpoint.got).toEqual([]);
});

test('an answer that such an authorizer keeps from pages is said to be blocked', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const { results } = await exchangeThrough(ready, endpoint, codeIn(new URL(address).search), [{ blocked: true }, {}]);
  expect(results).toEqual([{ failed: 'blocked' }, { failed: 'lost' }]);
});

test('any other refusal ends it', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const code = codeIn(new URL(address).search);
  endpoint.answers.push({ status: 400, json: { error: 'invalid_grant' } });
  expect((await exchange(ready, endpoint, code)).status).toBe(400);
  expect(await exchange(ready, endpoint, code)).toEqual({ failed: 'lost' });
});

test('a redirect is not followed', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  endpoint.answers.push({ status: 307, json: {}, headers: { location: endpoint.url } });
  expect(await exchange(ready, endpoint, codeIn(new URL(address).search))).toEqual({ failed: 'redirected' });
  expect(endpoint.got.length).toBe(1);
});

test('a ticket gives the answer out once', async ({ ready, host }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const ticket = codeIn(new URL(address).search).slice('caught~'.length);
  expect(await ask(ready, { type: 'pkce-login-callback-answer', ticket })).toEqual({ lost: true });
});

test('answers that a window of another site makes up push none out', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  const elsewhere = await ready.context().newPage();
  for (let number = 0; number < 20; number += 1) {
    await elsewhere.goto(`data:text/html,<script>location = "${host.url}callback.html?code=code-${number}&state=s"</script>`);
    await elsewhere.waitForURL(host.url);
  }
  expect((await exchange(ready, endpoint, codeIn(new URL(address).search))).status).toBe(200);
  expect(codeIn(endpoint.got[0].body)).toBe(CODE);
});

test('it forgets everything when it is told to', async ({ ready, host, endpoint }) => {
  const { address } = await arrive(ready, host, `code=${CODE}&state=s`);
  expect(await ask(ready, { type: 'pkce-login-callback-forget' })).toEqual({ forgotten: true });
  expect(await exchange(ready, endpoint, codeIn(new URL(address).search))).toEqual({ failed: 'lost' });
});

test('after a hard reload in between, the callback page finds the worker all the same', async ({ ready, host, silent }) => {
  silent(true);
  await ready.goto(`${host.url}callback.html?code=${CODE}&state=s`);
  const caught = ready.url();
  expect(caught).toMatch(/#caught=[0-9a-f]{32}$/);
  silent(false);
  const cdp = await ready.context().newCDPSession(ready);
  await Promise.all([ready.waitForURL(host.url), cdp.send('Page.reload', { ignoreCache: true })]);
  expect(codeIn(new URL(await ready.evaluate(() => sessionStorage.getItem('pkce-login.answer'))).search)).toMatch(marked);
});

test('the callback page comes from the worker, as it is published, and no host is asked for it', async ({ page }) => {
  const host = await staticHost.start({ root: staticHost.EVERY_OPTION, pages: { 'index.html': '<!doctype html><title>App</title>' } });
  try {
    await page.goto(host.url);
    await install(page);
    const before = host.log.length;
    const { address } = await arrive(page, host, `code=${CODE}&state=s`);
    expect(codeIn(new URL(address).search)).toMatch(marked);
    expect(host.log.slice(before).filter((line) => line.includes('callback.html'))).toEqual([]);
  } finally {
    await host.close();
  }
});

test('a policy that keeps the worker from the authorizer keeps nobody out: the page gets the code, once nothing was sent', async ({ page, endpoint }) => {
  const policy = { 'content-security-policy': "default-src 'none'" };
  const host = await staticHost.start({
    root: staticHost.EVERY_OPTION,
    pages: { 'index.html': '<!doctype html><title>App</title>' },
    headersOf: (url) => (url.startsWith('/callback-worker.js') ? policy : {}),
  });
  try {
    await page.goto(host.url);
    await install(page);
    const { address } = await arrive(page, host, `code=${CODE}&state=s`);
    const ticket = codeIn(new URL(address).search);
    expect(await exchange(page, endpoint, ticket)).toEqual({ failed: 'forbidden' });
    expect(endpoint.got).toEqual([]);
    const released = await ask(page, { type: 'pkce-login-callback-release', body: `code=${encodeURIComponent(ticket)}` });
    expect(released).toEqual({ body: `code=${CODE}` });
  } finally {
    await host.close();
  }
});

test('a signed answer goes to the page that waits for it, by the state in it', async ({ ready, host }) => {
  const claims = Buffer.from(JSON.stringify({ state: 'p.\u00fc>?', code: CODE })).toString('base64url');
  await ready.evaluate(() => {
    window.heard = new Promise((resolve) => (new BroadcastChannel('pkce-login.answer').onmessage = ({ data }) => resolve(data)));
  });
  const popup = await ready.context().newPage();
  await popup.goto(`${host.url}poster.html#response=e30.${claims}.c2ln`);
  expect(await ready.evaluate(() => window.heard)).toMatchObject({ address: `${host.url}callback.html`, body: `response=e30.${claims}.c2ln` });
});
