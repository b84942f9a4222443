// Bad answers and bad moments. Nothing is lost, nothing is sent twice, and the page says what happened.

import { expect, test } from '../fixtures.mjs';
import { allow, expectProblem, expectSignedIn, open, ready, run, step, use } from '../flow.mjs';

async function runAgainst(page, app, hostile) {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await run(page);
}

const ANSWERS = [
  ['wrong-state', 'state_mismatch'],
  ['no-state', 'state_missing'],
  ['two-states', 'duplicate_parameter'],
  ['two-codes', 'duplicate_parameter'],
  ['wrong-iss', 'iss_mismatch'],
  ['no-iss', 'iss_missing'],
];

for (const [mode, code] of ANSWERS) {
  test(`an answer with "${mode}" is not used: no token request`, async ({ app, page, hostile }) => {
    hostile.modes.authorize = mode;
    await runAgainst(page, app, hostile);
    await expectProblem(page, code, 'not used');
    await expect(step(page, 4)).toHaveAttribute('data-status', 'failed');
    expect(hostile.tokenRequests()).toHaveLength(0);
    expect(page.url()).toBe(app.url);
  });
}

test('a code with every awkward character arrives as it was, and injects nothing', async ({ app, page, hostile }) => {
  hostile.modes.authorize = 'awkward-code';
  await runAgainst(page, app, hostile);
  await expectSignedIn(page, 'mallory');
  const [request] = hostile.tokenRequests();
  const form = new URLSearchParams(request.body);
  expect(form.get('code')).toBe('a&b=c+d%e#f%26client_id%3Devil g');
  expect(form.getAll('client_id')).toEqual([hostile.clientId]);
});

const TOKENS = [
  ['html', 'wrong_content_type'],
  ['500', 'unexpected_status'],
  ['hang-up', 'host_unreachable'],
  ['redirect', 'redirected'],
  ['no-cors', 'cors_blocked'],
  ['invalid-grant', 'invalid_grant'],
];

for (const [mode, code] of TOKENS) {
  test(`a token endpoint with "${mode}" fails in words, and is asked once`, async ({ app, page, hostile }) => {
    hostile.modes.token = mode;
    await runAgainst(page, app, hostile);
    await expectProblem(page, code);
    await expect(step(page, 6)).toHaveAttribute('data-status', 'failed');
    // A GET may follow a failure, to find its cause; it carries nothing.
    expect(hostile.tokenRequests().filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(hostile.elsewhere()).toHaveLength(0);
    // And the app goes on: the next run works.
    hostile.modes.token = 'ok';
    await page.getByRole('button', { name: 'Start again' }).click();
    await expectSignedIn(page, 'mallory');
  });
}

test('a token endpoint that never answers is given up, and says that the code may be spent', async ({ app, page, hostile }) => {
  // It waits for the client's own limit, 20 seconds.
  test.slow();
  hostile.modes.token = 'silent';
  await runAgainst(page, app, hostile);
  await expect.poll(() => hostile.tokenRequests().length).toBe(1);
  await page.locator('#problem').first().waitFor({ timeout: 30_000 });
  await expectProblem(page, 'timed_out', 'may be used up');
  expect(hostile.tokenRequests()).toHaveLength(1);
});

test('a double click makes one authorization request and one token request', async ({ app, page, hostile }) => {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await page.getByRole('button', { name: /^Run the flow/ }).dblclick();
  await expectSignedIn(page, 'mallory');
  expect(hostile.authorizationRequests()).toHaveLength(1);
  expect(hostile.tokenRequests()).toHaveLength(1);
});

test('reload, Back and Forward after a login send nothing and show no code', async ({ app, page, hostile }) => {
  await runAgainst(page, app, hostile);
  await expectSignedIn(page, 'mallory');
  for (const move of ['reload', 'goBack', 'goForward', 'goBack', 'reload']) {
    await page[move]();
    await ready(page);
    expect(page.url()).not.toMatch(/code=|state=/);
  }
  expect(hostile.tokenRequests()).toHaveLength(1);
  const entries = await page.evaluate(() => performance.getEntriesByType('navigation')[0].name);
  expect(entries).not.toContain('code=');
});

test('the same callback address again: already used, nothing is sent, nothing is lost', async ({ app, page, hostile }) => {
  let callback;
  page.on('request', (request) => {
    if (request.url().includes('callback.html?')) callback = request.url();
  });
  await runAgainst(page, app, hostile);
  await expectSignedIn(page, 'mallory');
  await page.goto(callback);
  await expectProblem(page, 'already_used', 'This code was already used here.');
  expect(hostile.tokenRequests()).toHaveLength(1);
  expect(page.url()).toBe(app.url);
});

test('a foreign answer in one tab leaves the login of another alone', async ({ app, context, page }) => {
  await open(page, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  const other = await context.newPage();
  await other.goto(`${app.url}callback.html?code=stolen&state=foreign`);
  await expectProblem(other, 'no_pending_transaction');
  await page.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(page);
});

test('a foreign answer in the same tab leaves its login alone too', async ({ app, page, hostile }) => {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  let authorize;
  await page.route(`${hostile.origin}/authorize*`, (route) => {
    authorize ??= route.request().url();
    // No new document: the page stays, as if the authorizer were slow.
    return route.fulfill({ status: 204 });
  });
  await run(page);
  await expect.poll(() => authorize).toBeTruthy();
  await page.goto(`${app.url}callback.html?code=stolen&state=foreign&iss=${encodeURIComponent(hostile.issuer)}`);
  await expectProblem(page, 'state_mismatch', 'does not belong to a request made in this tab');
  expect(hostile.tokenRequests()).toHaveLength(0);
  await page.unroute(`${hostile.origin}/authorize*`);
  await page.goto(authorize);
  await expectSignedIn(page, 'mallory');
});

test('an error that is not ours is not shown as ours', async ({ app, page }) => {
  await open(page, app);
  const lie = 'Call%20this%20number%20at%20once';
  await page.goto(`${app.url}callback.html?error=access_denied&error_description=${lie}&state=foreign`);
  await expectProblem(page, 'no_pending_transaction');
  await expect(page.locator('body')).not.toContainText('Call this number');
});

test('where the browser does not leave, the button works again', async ({ app, page, hostile }) => {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await page.route(`${hostile.origin}/authorize*`, (route) => route.fulfill({ status: 204 }));
  const button = page.locator('#run');
  await run(page);
  await expect(button).toHaveText('Opening the authorizer…');
  await expect(button).toHaveAttribute('aria-disabled', 'false', { timeout: 15_000 });
  await page.unroute(`${hostile.origin}/authorize*`);
  await run(page);
  await expectSignedIn(page, 'mallory');
});

test('two logins at once both finish', async ({ app, context, page, hostile }) => {
  const other = await context.newPage();
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await open(other, app);
  await Promise.all([run(page), run(other)]);
  await expectSignedIn(page, 'mallory');
  await expectSignedIn(other, 'mallory');
  expect(hostile.tokenRequests()).toHaveLength(2);
});

test('blocked storage is said before anything is sent', async ({ app, page, hostile }) => {
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await page.addInitScript(() => {
    Object.defineProperty(window, 'sessionStorage', {
      get() {
        throw new DOMException('blocked', 'SecurityError');
      },
    });
  });
  await page.reload();
  await ready(page);
  hostile.requests.length = 0;
  await run(page);
  await expectProblem(page, 'storage_blocked', 'Nothing was sent.');
  expect(hostile.requests).toHaveLength(0);
});

test('all storage blocked: the app still opens and says so', async ({ app, page }) => {
  await page.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    }
  });
  await open(page, app);
  await run(page);
  await expectProblem(page, 'storage_blocked');
});

test('the worker removed half-way: the login starts again in words, or goes on', async ({ app, page }) => {
  await open(page, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  await page.getByRole('button', { name: 'Allow' }).click();
  // The registration goes when its last page does: the form may still reach the worker, or the plain host.
  await expect(page.locator('body')).toContainText(/Signed in as Ada Demo|Not found|Method not allowed/);
  await open(page, app);
  await run(page);
  await allow(page);
  await expectSignedIn(page);
});
