// The main job: a login in a browser with no backend at all.

import { expect, test } from '../fixtures.mjs';
import { allow, breakSomething, deny, expectProblem, expectSignedIn, open, ready, run, signIn, signInOnce, step, tokensPanel, watch } from '../flow.mjs';

test('one press, one person, Allow: signed in, and the code is gone from the address', async ({ app, context, page }) => {
  await signInOnce(page, context, app);
  await expect(step(page, 3)).toContainText('Ada Demo');
  await expect(step(page, 6)).toContainText('200');
  await expect(step(page, 7)).toContainText('signature, iss, aud');
  await expect(page.getByRole('heading', { name: 'Signed in as Ada Demo' })).toBeFocused();
});

test('the static host never sees the token request, and its log has no secret', async ({ app, page }) => {
  const before = app.log.length;
  await signIn(page, app, 'Grace Demo');
  const log = app.log.slice(before).join('\n');
  expect(log).not.toContain('/authorizer/token');
  expect(log).not.toContain('code_verifier');
});

test('Deny is an answer, not a failure', async ({ app, page }) => {
  await deny(page, app);
  await expect(page.locator('#problem').first()).toContainText('The person pressed Deny.');
  await expect(page.locator('#problem').first()).toHaveAttribute('role', 'status');
  await expect(step(page, 3)).toHaveAttribute('data-status', 'neutral');
  await page.getByRole('button', { name: 'Try again' }).click();
  await allow(page);
  await expectSignedIn(page);
});

test('a replay with a wrong secret is refused, and the tokens go on working', async ({ app, page }) => {
  await signIn(page, app);
  await page.getByRole('button', { name: 'Replay with a wrong secret' }).click();
  await expect(page.locator('#replay-verdict')).toContainText('400 invalid_grant');
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
});

test('hidden values stay hidden until they are asked for, and curl leaves them out', async ({ app, context, page }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, app);
  await page.getByRole('tab', { name: 'Request' }).click();
  const request = page.locator('#panel');
  await expect(request).toContainText('code_verifier=••••');
  await page.getByRole('button', { name: 'Copy as curl' }).click();
  await expect(page.getByText('Hidden values were left out.')).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain('--data-urlencode code_verifier="$CODE_VERIFIER"');
  await page.getByRole('button', { name: 'Show hidden values' }).click();
  await expect(request).toContainText(/code_verifier=[\w-]{43}/);
  await page.getByRole('tab', { name: 'Response' }).click();
  await page.getByRole('button', { name: 'Hide values' }).click();
  await expect(request).not.toContainText(/eyJ/);
});

test('refresh, userinfo, revoke', async ({ app, context, page }) => {
  const tokens = watch(context, '/authorizer/token');
  await signIn(page, app);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.locator('#notice')).toContainText('New tokens.');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect.poll(() => tokens.length).toBe(3);
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('heading', { name: 'Signed out' })).toBeVisible();
  await expect(tokensPanel(page)).toHaveCount(0);
});

test('signing out goes through the authorizer and comes back to a clean address', async ({ app, page }) => {
  await signIn(page, app);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
  expect(page.url()).toBe(app.url);
  // The authorizer forgot the person too.
  await run(page);
  await expect(page.getByRole('button', { name: 'Grace Demo' })).toBeVisible();
});

test('after Revoke nothing of the tokens can be shown any more', async ({ app, page }) => {
  await signIn(page, app);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('heading', { name: 'Signed out' })).toBeVisible();
  for (const tab of ['Request', 'Response']) {
    await page.getByRole('tab', { name: tab }).click();
    await expect(page.locator('#panel')).toHaveText('Not run yet.');
  }
});

test('a second press on Sign out does not cut into the first', async ({ app, context, page }) => {
  const revocations = watch(context, '/authorizer/revoke');
  await signIn(page, app);
  await page.getByRole('button', { name: 'Sign out' }).dblclick();
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
  expect(revocations.length).toBe(2);
});

test('"Remove all of it" also makes the authorizer forget, and takes the worker away', async ({ app, page }) => {
  await signIn(page, app);
  // Also where this page has not started the worker itself.
  await page.reload();
  await ready(page);
  await page.getByText('What is stored in this browser').click();
  await page.getByRole('button', { name: 'Remove all of it' }).click();
  await expect(page.getByText('All data of this page was removed.')).toBeVisible();
  const left = await page.evaluate(async () => ({
    registrations: (await navigator.serviceWorker.getRegistrations()).length,
    caches: (await caches.keys()).length,
    storage: Object.keys({ ...localStorage, ...sessionStorage }).filter((key) => key.startsWith('pkce-login')),
  }));
  expect(left).toEqual({ registrations: 0, caches: 0, storage: [] });
  // Nobody is signed in there: it asks who it is, and the new session lasts.
  await run(page);
  await expect(page.getByRole('button', { name: 'Grace Demo' })).toBeVisible();
  await allow(page, 'Grace Demo');
  await expectSignedIn(page, 'Grace Demo');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.locator('#notice')).toContainText('New tokens.');
});

const BROKEN = [
  ['wrong-state', 'state_mismatch', 4],
  ['wrong-iss', 'iss_mismatch', 4],
  ['no-iss', 'iss_missing', 4],
  ['repeated-code', 'duplicate_parameter', 4],
  ['html-token', 'wrong_content_type', 6],
  ['server-error', 'unexpected_status', 6],
  ['wrong-nonce', 'nonce_mismatch', 7],
  ['bad-signature', 'bad_signature', 7],
];

for (const [name, code, at] of BROKEN) {
  test(`an authorizer with "${name}" is found out at step ${at}`, async ({ app, context, page }) => {
    const tokens = watch(context, '/token');
    await open(page, app);
    await breakSomething(page, name);
    await run(page);
    await allow(page);
    await expectProblem(page, code);
    await expect(step(page, at)).toHaveAttribute('data-status', 'failed');
    await expect(tokensPanel(page)).toHaveCount(0);
    expect(tokens.length).toBe(at < 6 ? 0 : 1);
    expect(page.url()).not.toContain('code=');
  });
}

test('a grant survives a stopped worker', async ({ app, page, browser }) => {
  await open(page, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
  // What the browser does to an idle worker.
  const cdp = await browser.newBrowserCDPSession();
  const { targetInfos } = await cdp.send('Target.getTargets');
  const worker = targetInfos.find(({ type, url }) => type === 'service_worker' && url.startsWith(app.url));
  await cdp.send('Target.closeTarget', { targetId: worker.targetId });
  await page.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(page);
});

test('two tabs do not disturb each other', async ({ app, context, page }) => {
  const other = await context.newPage();
  await open(page, app);
  await open(other, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await run(other);
  await other.getByRole('button', { name: 'Choose another person' }).click();
  await other.getByRole('button', { name: 'Grace Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(page, 'Ada Demo');
  await other.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(other, 'Grace Demo');
});

test('a page that the worker does not control reaches it all the same', async ({ app, page }) => {
  await signIn(page, app);
  const cdp = await page.context().newCDPSession(page);
  // A hard reload: the browser loads the page past its worker.
  await cdp.send('Page.reload', { ignoreCache: true });
  await ready(page);
  expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  await run(page);
  await allow(page);
  await expectSignedIn(page);
});

test('where service workers are not to be had, the page says so in words', async ({ app, page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined });
  });
  await open(page, app);
  await run(page);
  await expect(page.locator('#problem').first()).toBeVisible();
  await expect(page.locator('#problem').first()).toContainText(/service worker|background/i);
  expect(page.url()).toBe(app.url);
});

test('the app works at a path of a static host', async ({ page }) => {
  const host = await import('../servers/static.mjs').then(({ start }) => start({ prefix: '/some/where/' }));
  try {
    await signIn(page, host);
    expect(page.url()).toBe(host.url);
  } finally {
    await host.close();
  }
});

test('behaviour 10: a clock that is ten minutes ahead is allowed for, and told to the person', async ({ app, page }) => {
  await page.addInitScript(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + 600_000;
  });
  await signIn(page, app);
  await expect(page.locator('#clock')).toContainText('10 min ahead');
});
