// A person's way through the app, with both kinds of authorizer.

import { allow, deny, expectSignedIn, open, run, signIn, signInOnce, step, use, watch } from '../flow.mjs';
import { expect, test } from './fixtures.mjs';

const SCOPES = 'openid profile email offline_access';

test('one press, one person, Allow: signed in, and the code is gone from the address', async ({ app, context, page }) => {
  await signInOnce(page, context, app);
});

test('the built-in authorizer: refresh, userinfo, sign out', async ({ app, context, page }) => {
  const tokens = watch(context, '/authorizer/token');
  await signIn(page, app);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.locator('#notice')).toContainText('New tokens.');
  expect(tokens).toHaveLength(2);
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
  expect(page.url()).toBe(app.url);
  // The authorizer forgot the person too: it asks who it is.
  await run(page);
  await allow(page, 'Grace Demo');
  await expectSignedIn(page, 'Grace Demo');
});

test('Deny is an answer, not a failure', async ({ app, page }) => {
  await deny(page, app);
});

test('a real provider: sign in, consent, refresh, userinfo, sign out there too', async ({ app, page, provider }) => {
  await open(page, app);
  await use(page, provider, SCOPES);
  await run(page);
  await page.getByRole('button', { name: 'Sign in as Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(page);
  expect(page.url()).toBe(app.url);
  await expect(step(page, 4)).toContainText('state and issuer match');
  await expect(step(page, 7)).toHaveAttribute('data-status', 'done');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.locator('#notice')).toContainText('New tokens.');
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
  await page.getByRole('button', { name: 'Sign out' }).click();
  // Its page has a button of the same name.
  await page.waitForURL((url) => url.origin === provider.origin);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
  expect(page.url()).toBe(app.url);
});
