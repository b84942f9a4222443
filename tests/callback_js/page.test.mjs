// callback.html, and arrival.js where the app is in its place: what each does with an address. `node --test tests/callback_js`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { page, run } from './browser.mjs';

const file = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const SCRIPT = file('../../callback.html').split('<script>')[1].split('</script>')[0];
const { cases } = JSON.parse(file('arrivals.json'));

const ANSWER = 'pkce-login.answer';

function recordsOf({ pending = [], child_window = [] }) {
  const text = (prefix) => ({ state, ...record }) => [`pkce-login.${prefix}.${state}`, JSON.stringify({ ...record, started_at: 1 })];
  return Object.fromEntries([...pending.map(text('pending')), ...child_window.map(text('child-window'))]);
}

function callbackPage(address, records, worker) {
  const there = page(address, records, worker);
  run(SCRIPT, there);
  return there;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

let copies = 0;

// A page of the app, with a copy of the module of its own; it does all of it before anything is awaited.
async function appPage(address, records) {
  const there = page(address, records);
  const { isElsewhere } = await import(`../../src/script/arrival.js?${(copies += 1)}`);
  within(there, () => {
    there.isElsewhere = isElsewhere();
    there.isElsewhereStill = isElsewhere();
  });
  return there;
}

// Has a module find the page in the place of Node's own globals.
function within({ window }, work) {
  const names = Object.keys(window);
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  for (const name of names) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: window[name] });
  try {
    work();
  } finally {
    names.forEach((name, at) => (before[at] ? Object.defineProperty(globalThis, name, before[at]) : delete globalThis[name]));
  }
}

for (const { title, address, expected, ...kept } of cases) {
  test(`at the app: ${title}`, async () => {
    const records = recordsOf(kept);
    const there = await appPage(address, records);
    assert.equal(there.isElsewhere, there.isElsewhereStill);
    if (!expected) {
      assert.deepEqual([there.shown, there.goes, there.posted, there.isElsewhere], [[], undefined, [], false]);
      assert.deepEqual({ ...there.sessionStorage }, records);
      return;
    }
    const login = [...(kept.pending ?? []), ...(kept.child_window ?? [])].find(({ state }) => state === expected.state);
    assert.equal(there.shown[0], login.redirect_uri);
    if (expected.is_child_window) {
      assert.deepEqual(there.posted.map(({ to, message }) => [to, message.address]), [[ANSWER, address]]);
      assert.deepEqual({ ...there.sessionStorage }, {});
      assert.equal(there.isElsewhere, true);
      return;
    }
    assert.equal(there.sessionStorage.getItem(ANSWER), address);
    assert.equal(there.goes ?? there.href, expected.goes_to);
    // It stays where the way is one within the page, and is told there what to mend; else where it goes.
    const stays = expected.goes_to.split('#')[0] === login.redirect_uri;
    assert.deepEqual([there.isElsewhere, there.warned.length], [!stays, Number(stays)]);
    const next = await appPage(expected.goes_to, { ...there.sessionStorage });
    assert.deepEqual([next.isElsewhere, next.warned.length], [false, Number(!stays)]);
    assert.equal(next.sessionStorage.getItem(ANSWER), address);
  });
}

for (const { title, address, expected, page: differs, ...kept } of cases.filter(({ expected }) => expected)) {
  test(`callback.html agrees: ${title}`, () => {
    const there = callbackPage(address, recordsOf(kept));
    assert.equal(there.shown[0], address.split(/[?#]/)[0]);
    if (expected.is_child_window) {
      assert.deepEqual(there.posted.map(({ to, message }) => [to, message.address]), [[ANSWER, address]]);
      return;
    }
    assert.equal(there.sessionStorage.getItem(ANSWER), address);
    const start = new URL('./', there.href).href;
    // Where it finds no place, the app begins at its start.
    const place = differs || /evil|blob/.test(JSON.stringify(kept)) ? start : expected.goes_to;
    assert.equal(there.goes, place);
  });
}

test('a page that asked and hears it has the window closed, in both places', async () => {
  const [address, records] = ['https://app.example/callback.html?code=c&state=p.S', recordsOf({ child_window: [{ state: 'p.S', redirect_uri: 'https://app.example/callback.html' }] })];
  for (const there of [callbackPage(address, records), await appPage(address, records)]) {
    const [{ message, channel }] = there.posted;
    within(there, () => {
      channel.onmessage({ origin: 'https://evil.example', data: { taken: message.id } });
      channel.onmessage({ origin: 'https://app.example', data: { taken: 'another' } });
      channel.onmessage({ origin: 'https://app.example', data: null });
      assert.deepEqual(there.said, []);
      channel.onmessage({ origin: 'https://app.example', data: { taken: message.id } });
      assert.deepEqual(there.said, ['closed']);
      there.pass();
    });
    assert.deepEqual(there.said, ['closed', 'The app has the answer. You can close this window.']);
  }
});

test('a path that begins with two slashes is cleaned like any other', () => {
  const there = callbackPage('https://app.example//callback.html?code=c&state=s', {});
  assert.equal(there.href, 'https://app.example//callback.html');
  assert.ok(there.goes.startsWith('https://app.example/'));
});

test('a ticket that somebody wrote into a link opens the app, which says nothing of it', async () => {
  for (const worker of [undefined, () => ({ lost: true }), () => null, () => 'text', () => ({ address: 7 })]) {
    const there = callbackPage('https://app.example/callback.html#caught=x', {}, worker);
    await turn();
    there.pass();
    assert.equal(there.goes, 'https://app.example/');
    assert.deepEqual({ ...there.sessionStorage }, {});
  }
});

test('an answer that is lost is told where a login waits for it', async () => {
  const login = { state: 'S', redirect_uri: 'https://app.example/callback.html', return_to: '/' };
  for (const worker of [() => ({ lost: true }), () => null]) {
    const there = callbackPage('https://app.example/callback.html#caught=0123', recordsOf({ pending: [login] }), worker);
    await turn();
    assert.equal(there.sessionStorage.getItem(ANSWER), 'https://app.example/callback.html#caught=0123');
    assert.equal(there.goes, 'https://app.example/');
    const popup = callbackPage('https://app.example/callback.html#caught=0123', recordsOf({ child_window: [{ ...login, state: 'p.S' }] }), worker);
    await turn();
    assert.deepEqual(popup.said, ["The authorizer's answer is no longer there. Close this window and start again."]);
    assert.equal(popup.goes, undefined);
  }
});

test('what the worker hands out is taken as if it had arrived', async () => {
  const login = { state: 'S', redirect_uri: 'https://app.example/callback.html', return_to: '/orders' };
  const asked = [];
  const worker = (message) => asked.push(message) && { address: 'https://app.example/callback.html', body: 'code=caught~01&state=S' };
  const there = callbackPage('https://app.example/callback.html#caught=01', recordsOf({ pending: [login] }), worker);
  await turn();
  assert.deepEqual(asked, [{ type: 'pkce-login-callback-answer', ticket: '01' }]);
  assert.equal(there.sessionStorage.getItem('pkce-login.answer.body'), 'code=caught~01&state=S');
  assert.equal(there.goes, 'https://app.example/orders');
});

test('a link with the state of a window ends in the app, and a late answer of a window in words', () => {
  const address = 'https://app.example/callback.html?code=c&state=p.S';
  const link = callbackPage(address, {});
  link.pass();
  assert.deepEqual([link.goes, link.said], ['https://app.example/', []]);
  const late = callbackPage(address, recordsOf({ child_window: [{ state: 'p.S', redirect_uri: 'https://app.example/callback.html' }] }));
  late.pass();
  assert.deepEqual([late.goes, late.said], [undefined, ['The page that asked is gone. Close this window and start again.']]);
  assert.deepEqual({ ...late.sessionStorage }, {}, 'the next address in that window is a link again');
});

test('where storage is blocked a window is answered for all the same, and its late answer told', () => {
  const there = page('https://app.example/callback.html?code=c&state=p.S', {});
  const blocked = new Proxy({}, { get() { throw new Error('blocked'); }, ownKeys() { throw new Error('blocked'); } });
  there.window.sessionStorage = blocked;
  run(SCRIPT, there);
  assert.equal(there.posted.length, 1);
  there.pass();
  assert.deepEqual(there.said, ['The page that asked is gone. Close this window and start again.']);
});
