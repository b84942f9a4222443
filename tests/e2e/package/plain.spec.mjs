// Two lines of HTML on a static host, under the strictest policy.

import { awaitCallbackWorker } from './answering.mjs';
import { expect, test } from './fixtures.mjs';
import { KINDS, button, deny, expectSignedIn, nameAt, signIn, signOut } from './flow.mjs';
import { strictPolicy } from './serve.mjs';

const strict = async (host, kind) => host('plain', kind, { headers: { 'content-security-policy': await strictPolicy('plain') } });

for (const kind of KINDS) {
  test(`${kind}: two lines of HTML sign a person in and out under a strict policy`, async ({ host, page, watch }) => {
    const app = await strict(host, kind);
    await page.goto(app.url);
    await signIn(page, app);
    await expectSignedIn(page, app);
    expect(page.url()).toBe(app.url);
    expect(watch.tokenRequests).toBe(1);
    await watch.expectClean(page);
    await signOut(page, app);
    expect(watch.events.filter((event) => event.startsWith('pkce-signed-in'))).toHaveLength(1);
    expect(watch.events.filter((event) => event.startsWith('pkce-signed-out'))).toHaveLength(1);
    expect(watch.refused).toEqual([]);
  });

  test(`${kind}: who denies reads a calm sentence and may try again`, async ({ host, page, watch }) => {
    const app = await strict(host, kind);
    await page.goto(app.url);
    await deny(page, app);
    const element = page.locator('pkce-login');
    await expect(element.getByRole('status').filter({ hasText: 'Access was denied. Nothing was shared.' })).toBeVisible();
    await expect(element.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
    expect(page.url()).toBe(app.url);
    expect(watch.tokenRequests).toBe(0);
    await signIn(page, app);
    await expectSignedIn(page, app);
    expect(watch.refused).toEqual([]);
  });

  test(`${kind}: a page with buttons of its own signs in, asks, renews and signs out`, async ({ host, page, watch }) => {
    const app = await strict(host, kind);
    await page.goto(`${app.url}headless.html`);
    await signIn(page, app);
    await expect(page.getByText(`Signed in as ${nameAt(kind)}`)).toBeVisible();
    expect(page.url()).toBe(`${app.url}headless.html`);
    await watch.expectClean(page);
    await button(page, 'Ask who I am').click();
    await expect(page.getByText('The authorizer says Ada Demo')).toBeVisible();
    await button(page, 'Renew').click();
    await expect(page.getByText('Renewed')).toBeVisible();
    expect(watch.tokenRequests).toBe(2);
    await button(page, 'Sign out').click();
    await expect(button(page, 'Sign in')).toBeVisible();
    expect(watch.refused).toEqual([]);
  });
}

test('a policy of the host that keeps the callback worker from the authorizer keeps nobody out', async ({ host, page, watch }) => {
  const app = await host('plain', 'provider', { workerPolicy: "default-src 'none'" });
  await page.goto(app.url);
  await awaitCallbackWorker(page);
  await signIn(page, app);
  await expectSignedIn(page, app);
  expect(page.url()).toBe(app.url);
  await watch.expectClean(page);
});

test('a page with buttons of its own says what became of a login that was denied', async ({ host, page, watch }) => {
  const app = await strict(host, 'built-in');
  await page.goto(`${app.url}headless.html`);
  await deny(page, app);
  await expect(page.getByRole('status')).not.toHaveText(/^(Signed out)?$/);
  await expect(button(page, 'Sign in')).toBeVisible();
  expect(watch.tokenRequests).toBe(0);
});
