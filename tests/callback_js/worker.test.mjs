// callback-worker.js in the place of a browser: what a window of another site can do to it. `node --test tests/callback_js`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FORM, PAGE, SOURCE, start, ticketOf } from './worker.mjs';

// As many as a foreign window makes in the time in which a code is kept.
const FLOOD = 3000;

// A body that comes in parts, and says how many of them were asked for.
function parts(part, most) {
  const octets = new TextEncoder().encode(part);
  const asked = { count: 0, isCancelled: false };
  const stream = new ReadableStream(
    {
      pull(controller) {
        asked.count += 1;
        if (asked.count > most) controller.close();
        else controller.enqueue(octets);
      },
      cancel() {
        asked.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, asked };
}

test('no number of answers that a foreign window makes up pushes out a code that waits', async (t) => {
  for (const arrive of [(worker, query) => worker.visit(`${PAGE}?${query}`), (worker, query) => worker.post(query)]) {
    const worker = start();
    t.after(worker.end);
    const honest = await arrive(worker, 'code=honest&state=s');
    for (let number = 0; number < FLOOD; number += 1) await worker.visit(`${PAGE}?code=${number}&state=x`);
    assert.equal((await worker.exchange(honest)).status, 200);
    assert.equal(new URLSearchParams(worker.sent.at(-1).init.body).get('code'), 'honest');
  }
});

test('an answer that comes when there are too many goes to the page as if no worker were there', async (t) => {
  const worker = start();
  t.after(worker.end);
  for (let number = 0; number < FLOOD; number += 1) await worker.visit(`${PAGE}?code=${number}&state=x`);
  assert.equal(await worker.visit(`${PAGE}?code=honest&state=s`), undefined);
});

test('a form that comes when there are too many is lost, and its code reaches no host', async (t) => {
  const worker = start();
  t.after(worker.end);
  for (let number = 0; number < FLOOD; number += 1) await worker.visit(`${PAGE}?code=${number}&state=x`);
  const answer = await worker.post('code=honest&state=s');
  assert.equal(answer.status, 303);
  assert.deepEqual(await worker.ask({ type: 'pkce-login-callback-answer', ticket: ticketOf(answer) }), { lost: true });
  assert.equal(worker.sent.length, 0);
});

test('a place that was given back is taken again', async (t) => {
  const worker = start();
  t.after(worker.end);
  const honest = await worker.visit(`${PAGE}?code=honest&state=s`);
  for (let number = 0; number < FLOOD; number += 1) await worker.visit(`${PAGE}?code=${number}&state=x`);
  await worker.exchange(honest);
  assert.equal((await worker.visit(`${PAGE}?code=next&state=s`)).status, 303);
});

test('an answer as large as the client takes one is caught, and a larger one goes its way', async (t) => {
  const worker = start();
  t.after(worker.end);
  const code = 'c'.repeat(16 * 1024);
  assert.equal((await worker.visit(`${PAGE}?code=${code}&state=s`)).status, 303);
  assert.equal((await worker.post(`code=${code}&state=s`)).status, 303);
  assert.equal(await worker.visit(`${PAGE}?code=c&state=${'s'.repeat(1024 * 1024)}`), undefined);
});

test('a form is not read beyond what an answer may have', async (t) => {
  const worker = start(() => new Response(null, { status: 405 }));
  t.after(worker.end);
  const { stream, asked } = parts(`code=${'c'.repeat(16 * 1024)}&`, 1000);
  assert.equal((await worker.post(stream)).status, 405);
  assert.ok(asked.count < 20, `${asked.count} parts of 16 KiB were read`);
});

test('a form that says that it is larger is not read at all', async (t) => {
  const worker = start(() => new Response(null, { status: 405 }));
  t.after(worker.end);
  const { stream, asked } = parts('code=c&state=s', 1);
  assert.equal((await worker.post(stream, { ...FORM, 'content-length': '1000000' })).status, 405);
  assert.equal(asked.count, 0);
});

test('a browser whose forms are no streams has the same limit', async (t) => {
  const worker = start(() => new Response(null, { status: 405 }));
  t.after(worker.end);
  const without = Object.getOwnPropertyDescriptor(Request.prototype, 'body');
  t.after(() => Object.defineProperty(Request.prototype, 'body', without));
  Object.defineProperty(Request.prototype, 'body', { ...without, get: () => undefined });
  assert.equal((await worker.post('code=c&state=s')).status, 303);
  assert.equal((await worker.post(`code=c&state=${'s'.repeat(100_000)}`)).status, 405);
});

test('an answer of the token endpoint is not read beyond 1 MiB, however it comes', async (t) => {
  const { stream, asked } = parts('x'.repeat(64 * 1024), 1000);
  const worker = start(() => new Response(stream));
  t.after(worker.end);
  assert.deepEqual(await worker.exchange(await worker.visit(`${PAGE}?code=c&state=s`)), { failed: 'too_large' });
  assert.ok(asked.count <= 18 && asked.isCancelled, `${asked.count} parts of 64 KiB were read`);
});

test('an answer of the token endpoint that says that it is larger is not read at all', async (t) => {
  const { stream, asked } = parts('x', 1);
  const worker = start(() => new Response(stream, { headers: { 'content-length': '1048577' } }));
  t.after(worker.end);
  assert.deepEqual(await worker.exchange(await worker.visit(`${PAGE}?code=c&state=s`)), { failed: 'too_large' });
  assert.ok(asked.count === 0 && asked.isCancelled);
});

test('an answer of exactly 1 MiB is given to the page whole', async (t) => {
  const { stream } = parts('x'.repeat(64 * 1024), 16);
  const worker = start(() => new Response(stream));
  t.after(worker.end);
  const { status, body } = await worker.exchange(await worker.visit(`${PAGE}?code=c&state=s`));
  assert.deepEqual([status, body.byteLength], [200, 1024 * 1024]);
});

test('with the page in it, as it is published, no network is asked for it; a page with a query of its own goes its way', async (t) => {
  const page = '<!doctype html><p>Returning</p>';
  const worker = start(undefined, SOURCE.replace('"__CALLBACK_PAGE__"', JSON.stringify(page)));
  t.after(worker.end);
  const caught = await worker.visit(`${PAGE}?code=c&state=s`);
  const answer = await worker.visit(caught.headers.get('location'));
  assert.equal(await answer.text(), page);
  assert.match(answer.headers.get('content-type'), /^text\/html/);
  assert.deepEqual(worker.sent, []);
  assert.equal(await worker.visit(`${PAGE}?lang=de`), undefined);
});

test('without the page in it, the host is asked as if no worker were there', async (t) => {
  const worker = start();
  t.after(worker.end);
  assert.equal(await worker.visit(PAGE), undefined);
});

test('a page that sends its requests by a way of its own gets the code in them, twice at most, and nothing for a ticket that is none', async (t) => {
  const worker = start();
  t.after(worker.end);
  const ticket = ticketOf(await worker.visit(`${PAGE}?code=a%20code&state=s`));
  const release = (given) => worker.ask({ type: 'pkce-login-callback-release', body: `grant_type=authorization_code&code=caught~${given}` });
  assert.deepEqual(await release('0'.repeat(32)), { lost: true });
  const body = 'grant_type=authorization_code&code=a%20code';
  assert.deepEqual([await release(ticket), await release(ticket), await release(ticket)], [{ body }, { body }, { lost: true }]);
  assert.deepEqual(worker.sent, []);
});
