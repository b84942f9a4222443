// A token request that is sent while the app's page is on its way: which answers the callback page lets the worker begin with, and
// what the worker makes of it. `node --test tests/callback_js`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { page, run } from './browser.mjs';
import { PAGE, start, ticketOf } from './worker.mjs';

const file = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const SCRIPT = file('../../callback.html').split('<script>')[1].split('</script>')[0];
const { cases } = JSON.parse(file('../vectors/authorization_response.json'));

const TOKEN = 'https://as.example.com/token';
const REQUEST = { url: TOKEN, body: 'grant_type=authorization_code&code=code&code_verifier=v' };
const turn = () => new Promise((resolve) => setImmediate(resolve));

// What the app keeps of a login, as pending_login.rs writes it.
function pending(context, more = {}) {
  return {
    server: { issuer: context.issuer, token_endpoint: TOKEN, authorization_response_iss_parameter_supported: context.iss_required },
    redirect_uri: context.login_redirect_uri ?? context.redirect_uri,
    response_mode: context.response_mode,
    state: context.expected_state,
    started_at: Math.floor(Date.now() / 1000),
    return_to: '/',
    token_request: REQUEST,
    ...more,
  };
}

// Whether the callback page lets the worker begin, with an answer that the worker caught and handed out. The login is filed under
// `state`.
async function begins(url, record, state = record.state) {
  const worker = start(undefined, undefined, url.split(/[?#]/)[0]);
  const caught = await worker.visit(url);
  // What the worker does not catch, the callback page reads itself.
  if (!caught) return false;
  const ticket = caught.headers.get('location').split('#caught=')[1];
  const handedOut = await worker.ask({ type: 'pkce-login-callback-answer', ticket });
  worker.end();
  const asked = [];
  const there = page(caught.headers.get('location'), { [`pkce-login.pending.${state}`]: JSON.stringify(record) }, (message) => asked.push(message) && handedOut);
  run(SCRIPT, there);
  await turn();
  const [{ type }, begun, ...more] = asked;
  assert.deepEqual([type, more], ['pkce-login-callback-answer', []]);
  if (begun) assert.deepEqual(begun, { type: 'pkce-login-callback-begin', ticket, ...REQUEST });
  assert.ok(there.goes, 'the person goes on to the app in any case');
  return begun !== undefined;
}

const plain = cases.find(({ id }) => id === 'CB-003');

test('no answer that the client refuses is begun with, and the usual ones are', async () => {
  const begun = [];
  for (const { id, url, form_body: form, context, expected } of cases) {
    const isPending = context.state_status === 'pending' && !context.jarm;
    if (form !== undefined || !isPending || !(await begins(url, pending(context)))) continue;
    assert.equal(expected.outcome, 'code', id);
    begun.push(id);
  }
  for (const usual of ['CB-001', 'CB-002', 'CB-003']) assert.ok(begun.includes(usual), `${usual} of ${begun}`);
});

const now = Math.floor(Date.now() / 1000);

for (const [title, change] of [
  ['of another issuer than the login', { server: { issuer: 'https://other.example', token_endpoint: TOKEN } }],
  ['for another redirect URI', { redirect_uri: 'https://app.example/other.html' }],
  ['to a login that waits for another state', { state: 'another' }],
  ['to a login of ten minutes ago', { started_at: now - 600 }],
  ['to a login that begins tomorrow', { started_at: now + 86_400 }],
  ['to a login that takes fragments', { response_mode: 'fragment' }],
  ['to a login that left no request', { token_request: undefined }],
]) {
  test(`an answer ${title} is left to the app`, async () => {
    assert.equal(await begins(plain.url, pending(plain.context)), true);
    assert.equal(await begins(plain.url, pending(plain.context, change), plain.context.expected_state), false);
  });
}

test('an answer without an issuer is left to the app where the authorizer always names it', async () => {
  const { url, context } = cases.find(({ id }) => id === 'CB-001');
  assert.equal(await begins(url, pending(context)), true);
  assert.equal(await begins(url, pending({ ...context, iss_required: true })), false);
});

test('an answer whose query has a question mark in it is left to the app', async () => {
  assert.equal(await begins(`${plain.url}?error=access_denied`, pending(plain.context)), false);
});

test('an answer that no worker caught is never begun with: the page has nobody to tell', () => {
  const record = pending(plain.context);
  const there = page(plain.url, { [`pkce-login.pending.${record.state}`]: JSON.stringify(record) }, () => assert.fail('asked'));
  run(SCRIPT, there);
  assert.ok(there.goes);
});

// The worker: caught and handed out to the callback page.
async function caught(t, network) {
  const worker = start((...given) => network?.(...given, worker) ?? new Response('{}'));
  t.after(worker.end);
  const ticket = ticketOf(await worker.visit(`${PAGE}?code=real%20code&state=s`));
  const { address } = await worker.ask({ type: 'pkce-login-callback-answer', ticket });
  const code = new URL(address).searchParams.get('code');
  worker.begin = () => worker.tell({ type: 'pkce-login-callback-begin', ticket, ...REQUEST });
  worker.exchange = ({ url = TOKEN, verifier = 'v' } = {}) => worker.ask({
    type: 'pkce-login-callback-exchange', headers: {}, url, body: `grant_type=authorization_code&code=${encodeURIComponent(code)}&code_verifier=${verifier}`,
  });
  worker.release = () => worker.ask({ type: 'pkce-login-callback-release', body: `code=${encodeURIComponent(code)}` });
  return worker;
}

async function begun(t, network) {
  const worker = await caught(t, network);
  worker.begin();
  return worker;
}

test('the worker sends it at once, with the code, and gives what came to the request of the app alone', async (t) => {
  const worker = await begun(t, () => new Response('{"access_token":"a"}', { status: 200, headers: { 'content-type': 'application/json' } }));
  assert.equal(worker.sent.length, 1);
  const [{ input, init }] = worker.sent;
  assert.equal(input, TOKEN);
  assert.equal(init.body, 'grant_type=authorization_code&code=real%20code&code_verifier=v');
  assert.equal(new Headers(init.headers).get('content-type'), 'application/x-www-form-urlencoded;charset=UTF-8');
  assert.deepEqual([init.method, init.credentials, init.redirect], ['POST', 'omit', 'manual']);
  const { status, headers, body } = await worker.exchange();
  assert.deepEqual([status, headers, new TextDecoder().decode(body)], [200, [['content-type', 'application/json']], '{"access_token":"a"}']);
  assert.deepEqual(await worker.exchange(), { failed: 'lost' });
  assert.equal(worker.sent.length, 1);
});

test('however often it is told to begin, before or after, the code is sent once', async (t) => {
  const worker = await begun(t);
  worker.begin();
  const [first, second] = await Promise.all([worker.exchange(), worker.exchange()]);
  assert.deepEqual([first.status, second], [200, { failed: 'lost' }]);
  worker.begin();
  assert.equal(worker.sent.length, 1);
});

test('what the app itself sends, or was given the code for, is not begun with', async (t) => {
  const exchanging = await caught(t);
  const answer = exchanging.exchange();
  exchanging.begin();
  assert.equal((await answer).status, 200);
  const released = await caught(t);
  await released.release();
  released.begin();
  assert.deepEqual([exchanging.sent.length, released.sent.length], [1, 0]);
});

test('an answer without a code is nothing to begin with', async (t) => {
  const worker = start();
  t.after(worker.end);
  const ticket = ticketOf(await worker.visit(`${PAGE}?error=access_denied&state=s`));
  worker.tell({ type: 'pkce-login-callback-begin', ticket, ...REQUEST });
  assert.equal(worker.sent.length, 0);
});

test('once the app has what came, the worker keeps nothing of it', async (t) => {
  const worker = await begun(t);
  await worker.exchange();
  const visit = () => worker.visit(`${PAGE}?code=c&state=s`);
  // As many as it keeps; one place more would be taken by the code that is over.
  for (let number = 0; number < 2000; number += 1) assert.equal((await visit())?.status, 303, `${number}`);
  assert.equal(await visit(), undefined);
});

for (const [title, change] of [
  ['another endpoint', { url: 'https://evil.example/token' }],
  ['another verifier', { verifier: 'w' }],
]) {
  test(`a request for ${title} gets nothing of what came, and the code is not sent again`, async (t) => {
    const worker = await begun(t);
    assert.deepEqual(await worker.exchange(change), { failed: 'lost' });
    assert.equal(worker.sent.length, 1);
  });
}

test('a page that sends its requests itself gets no code that was sent, and is told so', async (t) => {
  const worker = await begun(t);
  assert.deepEqual(await worker.release(), { begun: true });
  assert.equal((await worker.exchange()).status, 200);
  assert.deepEqual([await worker.release(), worker.sent.length], [{ lost: true }, 1]);
});

test('what the network did is told as if the app had asked itself', async (t) => {
  for (const [fails, failed] of [[new TypeError('no way'), 'unreachable'], [new DOMException('', 'TimeoutError'), 'timed_out']]) {
    const worker = await begun(t, () => Promise.reject(fails));
    assert.deepEqual(await worker.exchange(), { failed });
    assert.deepEqual([await worker.exchange(), worker.sent.length], [{ failed: 'lost' }, 1]);
  }
});

test('where a policy keeps the worker from the authorizer, the code goes to the app after all', async (t) => {
  const worker = await begun(t, (input, init, sender) => {
    sender.forbid(TOKEN);
    return Promise.reject(new TypeError('blocked'));
  });
  assert.deepEqual(await worker.exchange(), { failed: 'forbidden' });
  assert.deepEqual(await worker.release(), { body: 'code=real%20code' });
});

test('the date that came is that of the moment at which the app gets it', async (t) => {
  const then = Date.now();
  const worker = await begun(t, () => new Response('{}', { headers: { date: new Date(then).toUTCString() } }));
  t.mock.timers.enable({ apis: ['Date'], now: then + 40_000 });
  const { headers } = await worker.exchange();
  const date = Date.parse(new Headers(headers).get('date'));
  assert.ok(Math.abs(date - then - 40_000) < 2000, `${date - then} ms later`);
});
