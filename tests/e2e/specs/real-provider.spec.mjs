// The same app against a certified OpenID provider on an origin of its own.

import { expect, test } from '../fixtures.mjs';
import { expectProblem, expectSignedIn, open, openSetup, run, step, use } from '../flow.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';

const SCOPES = 'openid profile email offline_access';

async function signInThere(page, app, provider, person = 'Ada Demo') {
  await open(page, app);
  await use(page, provider, SCOPES);
  await run(page);
  await page.getByRole('button', { name: `Sign in as ${person}` }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

test('sign in, consent, back, userinfo, refresh, revoke', async ({ app, page, provider }) => {
  await signInThere(page, app, provider);
  await expectSignedIn(page);
  expect(page.url()).toBe(app.url);
  await expect(step(page, 4)).toContainText('state and issuer match');
  await expect(step(page, 7)).toHaveAttribute('data-status', 'done');
  await expect(step(page, 8)).toContainText('200');
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.locator('#notice')).toContainText('New tokens.');
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('The tokens were revoked')).toBeVisible();
  await expect(page.locator('#notice #problem')).toHaveCount(0);
});

test('signing out ends the session there too', async ({ app, page, provider }) => {
  await signInThere(page, app, provider, 'Grace Demo');
  await expectSignedIn(page, 'Grace Demo');
  await page.getByRole('button', { name: 'Sign out' }).click();
  // Its page has a button of the same name.
  await page.waitForURL((url) => url.origin === provider.origin);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
  expect(page.url()).toBe(app.url);
});

test('a replay with a wrong secret is refused there as well, and costs nothing', async ({ app, page, provider }) => {
  await signInThere(page, app, provider);
  await expectSignedIn(page);
  await page.getByRole('button', { name: 'Replay with a wrong secret' }).click();
  await expect(page.locator('#replay-verdict')).toContainText('400 invalid_grant');
  await page.getByRole('button', { name: 'Call userinfo' }).click();
  await expect(page.locator('#notice')).toContainText('The API answered.');
});

test('Deny there is an answer here', async ({ app, page, provider }) => {
  await open(page, app);
  await use(page, provider, SCOPES);
  await run(page);
  await page.getByRole('button', { name: 'Deny' }).click();
  await expectProblem(page, 'access_denied', 'Access was denied.');
});

test('RS256 is checked as well as ES256', async ({ app, page }) => {
  const provider = await oidcProvider.start({ app: app.url, idTokenAlg: 'RS256' });
  try {
    await signInThere(page, app, provider);
    await expectSignedIn(page);
    await expect(page.locator('.tokens')).toContainText('valid, RS256');
  } finally {
    await provider.close();
  }
});

test('where CORS was forgotten, the page says what to set and that the code is spent', async ({ app, page }) => {
  const provider = await oidcProvider.start({ app: app.url, cors: false });
  try {
    await signInThere(page, app, provider);
    await expectProblem(page, 'cors_blocked', 'this page may not read the answer');
    const problem = page.locator('#problem').first();
    await expect(problem).toContainText(new URL(app.url).origin);
    await expect(problem).toContainText('Keycloak: Web origins');
    await expect(step(page, 6)).toHaveAttribute('data-status', 'failed');
  } finally {
    await provider.close();
  }
});

test('"Look it up" shows what the authorizer says of itself, and the redirect URI to register', async ({ app, page, provider }) => {
  await open(page, app);
  await openSetup(page);
  await page.getByRole('button', { name: 'Add an authorizer…' }).click();
  await expect(page.locator('#redirect-uri')).toHaveText(`${app.url}callback.html`);
  await page.getByLabel('Issuer', { exact: true }).fill(provider.issuer);
  await page.getByRole('button', { name: 'Look it up' }).click();
  await expect(page.locator('#looked-up')).toContainText(`${provider.issuer}/token`);
  // Nothing is kept without a client ID, and the field says so.
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Enter the client ID.')).toBeVisible();
  await expect(page.getByLabel('Client ID')).toBeFocused();
});

test('a host that is down is told from a wrong issuer', async ({ app, page, hostile }) => {
  await open(page, app);
  await openSetup(page);
  await page.getByRole('button', { name: 'Add an authorizer…' }).click();
  // Port 1 of this machine: nobody listens there.
  await page.getByLabel('Issuer', { exact: true }).fill('http://localhost:1');
  await page.getByRole('button', { name: 'Look it up' }).click();
  await expectProblem(page, 'host_unreachable');
  await page.getByLabel('Issuer', { exact: true }).fill(`${hostile.issuer}/`);
  await page.getByRole('button', { name: 'Look it up' }).click();
  await expectProblem(page, 'issuer_mismatch');
  await page.getByLabel('Issuer', { exact: true }).fill('http://as.example');
  await page.getByRole('button', { name: 'Look it up' }).click();
  await expectProblem(page, 'invalid_issuer');
});
