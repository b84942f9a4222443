// The scripts with a module that is none: what a page gets for what the core says. `node --test tests/script_js`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.document = { baseURI: 'https://app.example/shop/' };
globalThis.location = new URL('https://app.example/shop/');
globalThis.reportError = () => {};

const { create } = await import('../../src/script/core.js');
const { PkceError, asError } = await import('../../src/script/errors.js');
const { asText } = await import('../../src/script/options.js');
const { start } = await import('../../src/script/builtin.js');

const turn = () => new Promise((resolve) => setImmediate(resolve));

const problem = (code) => ({ code, message: 'm', meaning: 'n', advice: 'a', step: 'api', retryable: false });
const signedOut = (error = null) => ({ status: 'signed-out', error });
const signedIn = (session, sub, more = {}) => ({
  status: 'signed-in', session, user: { sub }, scope: 'openid', returnTo: '/', expiresAt: 100, ...more,
});

/** A core that says what the test wants it to say. */
class Fake {
  constructor(state, api = () => false) {
    Object.assign(this, { state, api, calls: [], freed: 0 });
    const fake = this;
    this.Core = {
      check: (text) => {
        if (JSON.parse(text).wrong) {
          throw JSON.stringify(problem('option_unknown'));
        }
      },
      useFetch: () => {},
      open: async (text, changed) => Object.assign(fake, { changed }),
    };
  }
  snapshot() { return JSON.stringify(this.state); }
  become(state) { this.state = state; this.changed(); }
  mayCall(session, url) { return url === 'https://api.example/'; }
  call(session, method, url, isDressed) {
    if (isDressed) {
      throw JSON.stringify(problem('reserved_header'));
    }
    this.calls.push([session, method, url]);
    let sent = 0;
    return {
      headers: async () => JSON.stringify({ Authorization: `Bearer ${(sent += 1)}` }),
      judge: async (status, challenge) => this.api(status, challenge),
      free: () => (this.freed += 1),
    };
  }
  async accessToken(session, options) { return `${session} ${options}`; }
  async login() {}
  async handleCallback() {}
  async loginInPopup() {}
}

let names = 0;
const open = (fake, more = {}) => create(async () => fake.Core, { clientId: `app-${(names += 1)}`, ...more });

test('the same options are one client, in whatever order they are written', async () => {
  const fake = new Fake(signedOut());
  const ready = async () => fake.Core;
  const first = create(ready, { issuer: 'https://login.example', clientId: 'same' });
  assert.equal(create(ready, { clientId: 'same', issuer: 'https://login.example' }), first);
  assert.notEqual(create(ready, { clientId: 'same', issuer: 'https://other.example' }), first);
  const own = () => {};
  assert.notEqual(create(ready, { issuer: 'https://login.example', clientId: 'same', fetch: own }), first);
});

test('options that are wrong reject with an error that has all its parts, and can be corrected', async () => {
  const fake = new Fake(signedOut());
  const error = await open(fake, { wrong: true }).catch((thrown) => thrown);
  assert.ok(error instanceof PkceError && error instanceof Error);
  const { code, message, meaning, advice, step, retryable } = error;
  assert.deepEqual({ code, message, meaning, advice, step, retryable }, problem('option_unknown'));
});

test('what JSON would drop without a word is marked', () => {
  assert.equal(asText({ onLogin() {}, maxAge: NaN, a: undefined }), '{"maxAge":{"$":"non-finite number"},"onLogin":{"$":"function"}}');
  assert.equal(asText('text'), 'null');
  assert.equal(asText(undefined), '{}');
});

test('a module that did not load is loaded again by the next call', async () => {
  const fake = new Fake(signedOut());
  let attempts = 0;
  const ready = async () => {
    attempts += 1;
    if (attempts === 1) {
      throw new PkceError(problem('module_not_loaded'));
    }
    return fake.Core;
  };
  await assert.rejects(create(ready, { clientId: 'twice' }), { code: 'module_not_loaded' });
  assert.equal((await create(ready, { clientId: 'twice' })).isSignedIn, false);
});

test('nobody gets a snapshot before it is known who is signed in', async () => {
  const fake = new Fake({ status: 'pending' });
  const opening = open(fake);
  let isKnown = false;
  opening.then(() => (isKnown = true));
  await turn();
  assert.equal(isKnown, false);
  fake.become(signedIn(1, 'ada'));
  assert.equal((await opening).user.sub, 'ada');
});

test('a page gets the claims about the person, not what ties an ID token to its login', async () => {
  const known = signedIn(1, 'ada');
  const ties = { nonce: 'n', at_hash: 'a', c_hash: 'c', s_hash: 's' };
  const auth = await open(new Fake({ ...known, user: { ...known.user, ...ties, name: 'Ada Demo' } }));
  assert.deepEqual({ ...auth.user }, { sub: 'ada', name: 'Ada Demo' });
});

test('a snapshot stays the same object until something changes, and nobody can change it', async () => {
  const fake = new Fake(signedIn(1, 'ada'));
  const auth = await open(fake);
  const heard = [];
  const end = auth.subscribe((now) => heard.push(now));
  fake.become(signedIn(1, 'ada'));
  assert.equal(auth.current(), auth);
  assert.deepEqual(heard, []);
  fake.become(signedIn(1, 'ada', { expiresAt: 200 }));
  assert.equal(heard.length, 1);
  assert.equal(auth.current(), heard[0]);
  assert.equal(heard[0].expiresAt.getTime(), 200_000);
  assert.equal(auth.expiresAt.getTime(), 100_000);
  assert.throws(() => { heard[0].user.sub = 'eve'; }, TypeError);
  assert.equal(end(), undefined);
  fake.become(signedOut());
  assert.equal(heard.length, 1);
  assert.equal(auth.current().isSignedIn, false);
});

test('leaving for the authorizer is no new snapshot', async () => {
  const fake = new Fake(signedOut());
  const auth = await open(fake);
  fake.become({ status: 'leaving', error: null });
  fake.become({ status: 'pending' });
  assert.equal(auth.current(), auth);
});

test('a login whose page never left rejects with what became of it', async () => {
  const fake = new Fake(signedOut());
  const auth = await open(fake);
  const leaving = auth.login();
  await turn();
  fake.become({ status: 'leaving', error: null });
  fake.become(signedOut(problem('timed_out')));
  await assert.rejects(leaving, { code: 'timed_out' });
  assert.equal(auth.current().error.code, 'timed_out');
});

test('a login whose page is shown again by Back rejects, and can be begun again', async () => {
  const fake = new Fake(signedOut());
  const auth = await open(fake);
  const leaving = auth.login();
  let isOver = false;
  leaving.catch(() => (isOver = true));
  await turn();
  // Told of something else before it leaves.
  fake.become(signedOut());
  fake.become({ status: 'leaving', error: null });
  await turn();
  assert.equal(isOver, false);
  fake.become(signedOut());
  const error = await leaving.catch((thrown) => thrown);
  assert.ok(error instanceof PkceError);
  assert.deepEqual([error.code, error.step, error.retryable], ['came_back', 'request', true]);
  assert.equal(auth.current().error, null);
  const again = auth.login();
  fake.become({ status: 'leaving', error: null });
  await turn();
  fake.become(signedOut());
  await assert.rejects(again, { code: 'came_back' });
});

test('who asks while an answer is exchanged is told what became of it', async () => {
  const fake = new Fake(signedOut());
  const auth = await open(fake);
  fake.become({ status: 'pending' });
  let told;
  // The module finds no answer any more: the first call took it.
  const second = auth.handleCallback().then((now) => (told = now));
  await turn();
  assert.equal(told, undefined);
  fake.become(signedIn(1, 'ada'));
  await second;
  assert.equal(told.user.sub, 'ada');
  assert.equal(told, auth.current());
});

test('what a page throws itself is passed on as it is', () => {
  assert.equal(asError('unmounted'), 'unmounted');
  for (const text of ['null', '"text"', '{"code":20}', '7']) assert.equal(asError(text), text);
  const own = new TypeError('mine');
  assert.equal(asError(own), own);
  assert.ok(asError(JSON.stringify(problem('timed_out'))) instanceof PkceError);
});

test('a listener that throws does not keep the others from being told', async () => {
  const fake = new Fake(signedOut());
  const auth = await open(fake);
  let isTold = false;
  auth.subscribe(() => { throw new Error('a fault of the page'); });
  auth.subscribe(() => (isTold = true));
  fake.become(signedIn(1, 'ada'));
  assert.ok(isTold);
});

test('a snapshot asks of its own session, also when another person is signed in', async () => {
  const fake = new Fake(signedIn(1, 'ada'));
  const auth = await open(fake);
  fake.become(signedIn(2, 'grace'));
  assert.equal(await auth.getAccessToken({ minValidity: 5 }), '1 {"minValidity":5}');
  assert.equal(await auth.current().getAccessToken(), '2 {}');
});

/** A signed-in page whose requests end up in a list. */
async function page(answers, api) {
  const fake = new Fake(signedIn(1, 'ada'), api);
  const sent = [];
  const fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    sent.push({ url: request.url, headers: request.headers, body: await request.text(), redirect: request.redirect, referrer: request.referrer, policy: request.referrerPolicy });
    return answers.shift() ?? new Response('fine');
  };
  return { fake, sent, auth: await open(fake, { fetch }) };
}

test('the token goes to the origins of APIs and to no other', async () => {
  const { sent, auth } = await page([]);
  await auth.fetch('https://api.example/things?of=ada');
  await auth.fetch('https://evil.example/https://api.example/');
  assert.equal(sent[0].headers.get('authorization'), 'Bearer 1');
  assert.equal(sent[1].headers.get('authorization'), null);
});

test('the page gets the answer itself, whose body nobody has read', async () => {
  const answer = new Response('{"a":1}', { status: 201 });
  const { auth } = await page([answer]);
  const got = await auth.fetch('https://api.example/');
  assert.equal(got, answer);
  assert.equal(got.bodyUsed, false);
});

test('a request that an API refused is sent once more, body and all', async () => {
  const answers = [new Response('', { status: 401 }), new Response('fine')];
  const { fake, sent, auth } = await page(answers, (status) => status === 401);
  const request = new Request('https://api.example/things', { method: 'POST', body: 'all of it' });
  const answer = await auth.fetch(request);
  assert.equal(await answer.text(), 'fine');
  assert.deepEqual(sent.map(({ body }) => body), ['all of it', 'all of it']);
  assert.deepEqual(sent.map(({ headers }) => headers.get('authorization')), ['Bearer 1', 'Bearer 2']);
  assert.deepEqual(fake.calls, [[1, 'POST', 'https://api.example/things']]);
  assert.equal(fake.freed, 1);
});

test('what an API wants beyond this session is an error of its own', async () => {
  const { fake, auth } = await page([new Response('', { status: 403 })], () => {
    throw JSON.stringify(problem('insufficient_scope'));
  });
  await assert.rejects(auth.fetch('https://api.example/'), { name: 'PkceError', code: 'insufficient_scope' });
  assert.equal(fake.freed, 1);
});

test('a header that carries the token is not the page’s to set', async () => {
  const { sent, auth } = await page([]);
  const init = { headers: { Authorization: 'Bearer mine' } };
  await assert.rejects(auth.fetch('https://api.example/', init), { code: 'reserved_header' });
  assert.equal(sent.length, 0);
});

test('a redirect of an API does not take the token along', async () => {
  const away = new Response('');
  Object.defineProperty(away, 'type', { value: 'opaqueredirect' });
  const { sent, auth } = await page([away]);
  await assert.rejects(auth.fetch('https://api.example/'), { code: 'redirected', step: 'api' });
  assert.equal(sent[0].redirect, 'manual');
});

test('an address that says something else when it is read again gets no token', async () => {
  const { fake, sent, auth } = await page([]);
  let reads = 0;
  const input = { toString: () => ((reads += 1) === 1 ? 'https://api.example/' : 'https://evil.example/') };
  await assert.rejects(auth.fetch(input), TypeError);
  assert.deepEqual([sent, fake.calls], [[], []]);
});

test('an app that calls a request off gets its own reason', async () => {
  const { auth } = await page([]);
  const controller = new AbortController();
  controller.abort('unmounted');
  assert.equal(await auth.fetch('https://api.example/', { signal: controller.signal }).catch((reason) => reason), 'unmounted');
});

test('what a request says about the page stays as the app set it', async () => {
  const { sent, auth } = await page([]);
  await auth.fetch('https://api.example/', { referrer: '', referrerPolicy: 'no-referrer' });
  await auth.fetch(new Request('https://api.example/', { referrerPolicy: 'origin' }));
  assert.deepEqual(sent.map(({ referrer, policy }) => [referrer, policy]), [['', 'no-referrer'], ['about:client', 'origin']]);
});

/** A browser with service workers, of which one may be there. */
function workers(known) {
  const registered = [];
  const serviceWorker = {
    getRegistration: async () => known,
    register: async (url, { scope }) => {
      registered.push([url, scope]);
      const postMessage = (message, [port]) => port.postMessage({ ready: true });
      return { active: { scriptURL: url, postMessage } };
    },
  };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { serviceWorker } });
  globalThis.window = {};
  return registered;
}

const DEMO = 'https://app.example/demo/';
const OWN = `${DEMO}authorizer-worker.js`;

test('the built-in authorizer leaves a service worker of the site alone', async () => {
  const registered = workers({ scope: DEMO, active: { scriptURL: `${DEMO}sw.js` } });
  const thrown = await start(DEMO).awake().catch((text) => text);
  assert.equal(asError(thrown).code, 'scope_taken');
  assert.deepEqual(registered, []);
});

test('the built-in authorizer is registered by the address that it has already', async () => {
  const registered = [];
  for (const known of [undefined, { scope: 'https://app.example/', active: { scriptURL: 'https://app.example/sw.js' } }, { scope: DEMO, active: { scriptURL: `${OWN}?a` } }]) {
    const here = workers(known);
    await start(DEMO).awake();
    registered.push(...here);
  }
  assert.deepEqual(registered, [[OWN, DEMO], [OWN, DEMO], [`${OWN}?a`, DEMO]]);
});

test('an address of a worker is used as it was checked', async () => {
  const registered = workers();
  let rules;
  window.trustedTypes = { createPolicy: (name, given) => (rules = given) };
  await start(DEMO).awake();
  assert.deepEqual(registered, [[OWN, DEMO]]);
  assert.equal(rules.createScriptURL('worker.js'), 'https://app.example/shop/worker.js');
  assert.throws(() => rules.createScriptURL('https://evil.example/worker.js'), TypeError);
});

test('with a Bearer token the browser follows a redirect, and what answers in the end is an API of the app', async () => {
  const { sent, auth } = await page([]);
  const answer = (url, redirected) => Object.defineProperties(new Response('ok'), { url: { value: url }, redirected: { value: redirected } });
  const browsers = globalThis.fetch;
  try {
    globalThis.fetch = async (request) => {
      assert.equal(request.redirect, 'follow');
      return answer('https://api.example/items/', true);
    };
    const followed = await open(new Fake(signedIn(1, 'ada')));
    assert.equal(await (await followed.fetch('https://api.example/items')).text(), 'ok');
    globalThis.fetch = async () => answer('https://evil.example/', true);
    const error = await followed.fetch('https://api.example/items').catch((thrown) => thrown);
    assert.equal(error.code, 'redirected');
  } finally {
    globalThis.fetch = browsers;
  }
  assert.deepEqual(sent, []);
  assert.ok(auth.isSignedIn);
});

test('no other transport is let follow, and what it followed is not used', async () => {
  const seen = [];
  const transport = async (request) => {
    seen.push(request.redirect);
    return Object.defineProperties(new Response('stolen'), { redirected: { value: true }, url: { value: 'https://api.example/x' } });
  };
  const auth = await open(new Fake(signedIn(1, 'ada')), { fetch: transport });
  const error = await auth.fetch('https://api.example/items').catch((thrown) => thrown);
  assert.equal(error.code, 'redirected');
  assert.deepEqual(seen, ['manual']);
});

test('with a proof nothing is followed', async () => {
  const fake = new Fake(signedIn(1, 'ada'));
  const call = fake.call.bind(fake);
  fake.call = (...given) => ({ ...call(...given), headers: async () => JSON.stringify({ Authorization: 'DPoP 1', DPoP: 'proof' }) });
  const seen = [];
  const browsers = globalThis.fetch;
  try {
    globalThis.fetch = async (request) => {
      seen.push(request.redirect);
      return new Response('ok');
    };
    await (await open(fake)).fetch('https://api.example/items');
  } finally {
    globalThis.fetch = browsers;
  }
  assert.deepEqual(seen, ['manual']);
});

test('a snapshot that cannot be read is an error to whoever waits, and not silence', async () => {
  const fake = new Fake({ status: 'pending' });
  const opened = open(fake);
  await turn();
  fake.snapshot = () => '\ufeff{}';
  fake.changed();
  await assert.rejects(opened, SyntaxError);
});

test('how wrong the clock is stands in the snapshot', async () => {
  assert.equal((await open(new Fake(signedIn(1, 'ada', { clockIsAheadBy: -90 })))).clockIsAheadBy, -90);
  assert.equal((await open(new Fake(signedIn(1, 'ada')))).clockIsAheadBy, null);
});
