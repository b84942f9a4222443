// createAuth before the module is there. `node --test tests/script_js`.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

globalThis.isSecureContext = true;
globalThis.document = { baseURI: 'https://app.example/', readyState: 'complete' };
globalThis.location = new URL('https://app.example/');
globalThis.reportError = () => {};

const kept = {};
globalThis.sessionStorage = kept;
const idle = [];
globalThis.requestIdleCallback = (work) => idle.push(work);
const opened = [];
globalThis.window = undefined;
// Not in every Node.
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });

const { create } = await import('../../src/script/core.js');
const { isNothingWaiting, isPlain } = await import('../../src/script/plain.js');

const turn = () => new Promise((resolve) => setImmediate(resolve));
const problem = (code) => ({ code, message: 'm', meaning: 'n', advice: 'a', step: 'load', retryable: true });

let names = 0;
const plain = (more = {}) => ({ issuer: 'https://login.example', clientId: `shell-${(names += 1)}`, ...more });

/** A module that says that nobody is signed in, and counts. */
function module({ failures = 0 } = {}) {
  const seen = { loads: 0, logins: [], popups: [], prepared: 0, changed: undefined, state: { status: 'signed-out', error: null } };
  const core = {
    snapshot: () => JSON.stringify(seen.state),
    prepare: () => (seen.prepared += 1),
    login: async (text) => seen.logins.push(text),
    loginInPopup: async (text, _, popup) => seen.popups.push(popup),
    loginSilently: async () => false,
  };
  const Core = { check: () => {}, useFetch: () => {}, open: async (_, changed) => Object.assign(core, { _: (seen.changed = changed) }) };
  const ready = async () => {
    seen.loads += 1;
    if (seen.loads <= failures) {
      throw Object.assign(new Error('m'), problem('module_not_loaded'));
    }
    return Core;
  };
  return { seen, ready };
}

afterEach(() => {
  for (const key of Object.keys(kept)) delete kept[key];
  idle.length = 0;
  opened.length = 0;
  delete navigator.connection;
});

test('nobody is signed in, and the module is not asked', async () => {
  const { seen, ready } = module();
  const auth = await create(ready, plain());
  assert.deepEqual([auth.isSignedIn, auth.error, seen.loads], [false, null, 0]);
  assert.equal(auth.current(), auth);
});

test('the module comes when the page has nothing else to do, and the snapshot stays the same object', async () => {
  const { seen, ready } = module();
  const auth = await create(ready, plain());
  const heard = [];
  auth.subscribe((now) => heard.push(now));
  idle.pop()();
  await turn();
  assert.equal(seen.loads, 1);
  assert.equal(auth.current(), auth);
  assert.deepEqual(heard, []);
});

for (const prepare of ['hover', 'press']) {
  test(`prepare: "${prepare}" leaves the module where it is until it is wanted`, async () => {
    const { seen, ready } = module();
    const auth = await create(ready, plain({ prepare }));
    assert.deepEqual([idle.length, seen.loads], [0, 0]);
    await auth.prepare();
    assert.deepEqual([seen.loads, seen.prepared], [1, 1]);
  });
}

test('where a person asks the browser to save data, nothing is loaded beforehand', async () => {
  Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true });
  const { seen, ready } = module();
  await create(ready, plain());
  assert.deepEqual([idle.length, seen.loads], [0, 0]);
});

test('a press before the module is there loads it once, and goes', async () => {
  const { seen, ready } = module();
  const auth = await create(ready, plain());
  auth.login({ prompt: 'login' });
  auth.login();
  await turn();
  assert.deepEqual([seen.loads, seen.logins], [1, ['{"prompt":"login"}', '{}']]);
});

test('two calls with the same options are one client before the module is there, too', async () => {
  const { ready } = module();
  const options = plain();
  assert.equal(create(ready, options), create(ready, { ...options }));
});

test('a module that does not load is what the press tells, and the next press tries again', async () => {
  const { seen, ready } = module({ failures: 2 });
  const auth = await create(ready, plain());
  idle.pop()();
  await turn();
  await assert.rejects(auth.loginSilently(), { code: 'module_not_loaded' });
  assert.equal(await auth.loginSilently(), null);
  assert.equal(seen.loads, 3);
});

test('a window is opened in the press, before the module is there, and closed where that does not come', async () => {
  const popup = { isClosed: false, close() { this.isClosed = true; } };
  globalThis.window = { open: () => (opened.push(popup), popup) };
  try {
    const lost = await create(module({ failures: 1 }).ready, plain());
    const losing = lost.loginInPopup();
    assert.equal(opened.length, 1, 'in the press itself');
    await assert.rejects(losing, { code: 'module_not_loaded' });
    assert.equal(popup.isClosed, true);
    const { seen, ready } = module();
    const auth = await create(ready, plain());
    await auth.loginInPopup();
    assert.deepEqual(seen.popups, [popup]);
  } finally {
    globalThis.window = undefined;
  }
});

test('where something waits in this tab, the module is asked at once', async () => {
  for (const key of ['pkce-login.pending.abc', 'pkce-login.child-window.abc', 'pkce-login.answer', 'pkce-login.sign-out']) {
    kept[key] = '1';
    assert.equal(isNothingWaiting(), false, key);
    const { seen, ready } = module();
    await create(ready, plain());
    assert.equal(seen.loads, 1, key);
    delete kept[key];
  }
  kept['pkce-login.metadata.https://login.example'] = '1';
  assert.equal(isNothingWaiting(), true);
});

test('what is not plainly right is left to the module', async () => {
  const wrong = [
    {}, { issuer: 'https://login.example' }, plain({ issuer: 'http://login.example' }), plain({ issuer: 'https://login.example/?a' }),
    plain({ issuer: 'https://login.example/../a' }), plain({ issuer: 'https://LOGIN.example' }), plain({ issuer: 'https://login.example:443' }),
    plain({ clientId: '' }), plain({ clientId: 7 }), plain({ storage: 'session' }), plain({ restore: 'frame' }), plain({ prepare: 'now' }),
    plain({ responseMode: 'form_post' }), plain({ dpop: 'yes' }), plain({ authorizer: 'builtin' }), plain({ clientID: 'a' }),
    plain({ metadata: {} }), plain({ redirectUri: 'https://app.example/callback.html' }), plain({ trustedAudiences: 'a' }), null, [], 'text',
    plain({ issuer: undefined }), plain({ clientId: undefined }),
  ];
  for (const options of wrong) {
    assert.equal(isPlain(options), false, JSON.stringify(options));
  }
  globalThis.isSecureContext = false;
  try {
    assert.equal(isPlain(plain()), false);
  } finally {
    globalThis.isSecureContext = true;
  }
});

// Taken by the test of the module's rules, too: tests/script.rs.
test('every set of options of plain.json is plainly right', async () => {
  const { default: sets } = await import('./plain.json', { with: { type: 'json' } });
  assert.ok(sets.length > 10);
  for (const options of sets) {
    assert.equal(isPlain(options), true, JSON.stringify(options));
  }
});
