// auth.fetch of core.js: where a request with the token may be sent on to, and what of an answer is taken.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { create } from '../../src/script/core.js';

globalThis.document = { baseURI: 'https://app.example/' };

const API = 'https://api.example';

// What a page gets of an answer at `url` after redirects.
function answer(url, { redirected = false, type = 'cors', status = 200 } = {}) {
  let isCancelled = false;
  const body = { cancel: async () => (isCancelled = true) };
  return { url, redirected, type, status, body, headers: new Headers(), isCancelled: () => isCancelled };
}

let clients = 0;

// `fetch` of somebody who is signed in, with the headers of a token that is bound to a key or is not. `sent` has each request.
async function signedIn({ dpop = false, transport, answers }) {
  const sent = [];
  const send = async (request) => {
    sent.push(request);
    return answers.shift();
  };
  class Core {
    static check() {}
    static useFetch() {}
    static async open() {
      return new Core();
    }
    snapshot() {
      return JSON.stringify({ status: 'signed-in', session: 1, user: { sub: 'ada' } });
    }
    mayCall(_, url) {
      return url === `${API}/`;
    }
    call() {
      const headers = { Authorization: `${dpop ? 'DPoP' : 'Bearer'} token`, ...(dpop && { DPoP: 'proof' }) };
      return { headers: async () => JSON.stringify(headers), judge: async () => false, free() {} };
    }
  }
  const options = { clientId: `app-${(clients += 1)}` };
  if (transport) options.fetch = send;
  else globalThis.fetch = send;
  const auth = await create(async () => Core, options);
  return { auth, sent };
}

test('a redirect that an app’s own transport followed is refused, and nothing of the answer is read', async () => {
  for (const url of [`${API}/things/`, 'https://elsewhere.example/taken']) {
    const followed = answer(url, { redirected: true });
    const { auth, sent } = await signedIn({ transport: true, answers: [followed] });
    await assert.rejects(auth.fetch(`${API}/things`), { code: 'redirected', retryable: false });
    assert.equal(sent[0].redirect, 'manual', 'it was told not to');
    assert.ok(followed.isCancelled());
  }
});

test('the browser follows an API within its origin with a Bearer token', async () => {
  const { auth, sent } = await signedIn({ answers: [answer(`${API}/things/`, { redirected: true })] });
  assert.equal((await auth.fetch(`${API}/things`)).url, `${API}/things/`);
  assert.equal(sent[0].redirect, 'follow');
});

test('what another origin answered in the end is not taken for the API', async () => {
  for (const url of ['https://elsewhere.example/taken', 'https://api.example.elsewhere.example/', 'http://api.example/']) {
    const stranger = answer(url, { redirected: true });
    const { auth } = await signedIn({ answers: [stranger] });
    await assert.rejects(auth.fetch(`${API}/things`), ({ code, meaning }) => code === 'redirected' && meaning.includes('did not go there'));
    assert.ok(stranger.isCancelled());
  }
});

test('nothing is followed with a token that is bound to a key', async () => {
  const { auth, sent } = await signedIn({ dpop: true, answers: [answer('', { type: 'opaqueredirect', status: 0 })] });
  await assert.rejects(auth.fetch(`${API}/things`), ({ code, meaning }) => code === 'redirected' && meaning.includes('the address that the app calls'));
  assert.equal(sent[0].redirect, 'manual');
});

test('a page that asked for the redirect itself gets it, and one that forbade it is obeyed', async () => {
  const { auth, sent } = await signedIn({ answers: [answer('', { type: 'opaqueredirect', status: 0 }), answer(`${API}/things`)] });
  assert.equal((await auth.fetch(`${API}/things`, { redirect: 'manual' })).type, 'opaqueredirect');
  await auth.fetch(`${API}/things`, { redirect: 'error' });
  assert.deepEqual(sent.map(({ redirect }) => redirect), ['manual', 'error']);
});
