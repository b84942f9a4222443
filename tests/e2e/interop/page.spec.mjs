// The page in TypeScript, tests/package/vite/src/interop.ts, which has the headless client of the npm package.

import { SKEWS, answersOf, authorizer, expect, nextSecond, pass, people, sent, skew, step, test, there, useRefreshToken } from './drive.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });

// Where an authorizer has one origin for each client, the page is another client.
const clientId = there.pageClientId ?? there.clientId;

const signedIn = (page) => page.getByRole('status').filter({ hasText: /^Signed in as ./ });

async function open(page, options = {}) {
  const query = new URLSearchParams({ issuer: there.issuer, client_id: clientId, scope: there.scope, ...options });
  await page.goto(`${there.page}interop.html?${query}`);
  await expect(page.getByRole('status')).toHaveText(/./);
}

async function signIn(page, { person = people.usual, decision, ...options } = {}) {
  await open(page, options);
  await button(page, 'Sign in').click();
  await pass(page, person, { ended: signedIn(page), decision });
}

async function expectSignedIn(page) {
  await expect(signedIn(page)).toBeVisible();
  // Clean, and where the person was.
  expect(new URL(page.url()).pathname).toBe('/interop.html');
  expect(page.url()).not.toMatch(/[?&#](code|state)=/);
}

// Presses a button and gives what came of it.
async function act(page, name) {
  const before = await said(page);
  await button(page, name).click();
  await expect.poll(async () => (await said(page)).actions ?? 0).toBeGreaterThan(before.actions ?? 0);
  return said(page);
}

const said = async (page) => JSON.parse((await page.locator('#state').textContent()) || '{}');

test.describe('TypeScript', () => {
  step('sign in', 'the page is left, comes back, and has one set of tokens', async ({ page, context }) => {
    const granted = answersOf(context, 'token_endpoint');
    await signIn(page);
    await expectSignedIn(page);
    expect(granted).toHaveLength(1);
  });

  step('consent', 'whoever is asked for consent allows, and is signed in', async ({ page }) => {
    await open(page);
    await button(page, 'Sign in').click();
    await authorizer.signIn(page, people.consents.page);
    await authorizer.allowButton(page).click();
    await expectSignedIn(page);
  });

  step('UserInfo', 'it is about the person who signed in', async ({ page }) => {
    await signIn(page);
    await expectSignedIn(page);
    const { answer, failed } = await act(page, 'Ask who I am');
    expect(failed).toBeUndefined();
    expect(answer.sub).toBeTruthy();
    expect(answer.name ?? answer.sub).toBe(authorizer.nameOf[people.usual]);
  });

  step('renewal', 'each gives a new refresh token, and a token that ends too soon is renewed when it is asked for', async ({ page, context, request }) => {
    const granted = answersOf(context, 'token_endpoint');
    await signIn(page, { min_validity: String(there.accessTokenSeconds) });
    await expectSignedIn(page);
    for (const name of ['Renew', 'Renew']) {
      await nextSecond();
      expect((await act(page, name)).failed, name).toBeUndefined();
    }
    expect(granted).toHaveLength(3);
    // A token that has just come is as good as there is one; a quarter of its life later it is not.
    await expect.poll(async () => ((await act(page, 'Renew in time')).failed ? 'failed' : granted.length), { timeout: 40_000 }).toBe(4);
    expect(granted.map((response) => response.status())).toEqual([200, 200, 200, 200]);
    // Each renewal uses the token that the one before brought.
    const tokens = granted.slice(1).map((response) => sent(response, 'refresh_token'));
    expect(new Set(tokens).size).toBe(3);
    expect(tokens.every(Boolean)).toBe(true);
    if (!authorizer.takesAnything) expect((await useRefreshToken(request, clientId, tokens[0])).status()).toBe(400);
  });

  step('silent sign-in', 'after a reload nobody is asked; who is not signed in there is told apart', async ({ page }) => {
    await open(page);
    const stranger = authorizer.takesAnything ? undefined : await act(page, 'Sign in silently');
    if (stranger) expect(stranger).toMatchObject({ answer: 'the person has to be asked' });
    await button(page, 'Sign in').click();
    await pass(page, people.usual, { ended: signedIn(page) });
    await expectSignedIn(page);
    await page.reload();
    await expect(page.getByRole('status')).toHaveText('Signed out');
    await nextSecond();
    expect(await act(page, 'Sign in silently')).toMatchObject({ answer: 'signed in' });
    await expectSignedIn(page);
  });

  step('popup', 'the page stays, and is signed in', async ({ page }) => {
    await open(page);
    const before = page.url();
    const [popup] = await Promise.all([page.waitForEvent('popup'), button(page, 'Sign in in a window').click()]);
    await pass(popup, people.usual, {});
    await expectSignedIn(page);
    expect(page.url()).toBe(before);
    await expect.poll(() => popup.isClosed()).toBe(true);
  });

  step('DPoP', 'tokens are bound to a key, and UserInfo and renewals prove it', async ({ page, context, request }) => {
    const granted = answersOf(context, 'token_endpoint');
    const told = answersOf(context, 'userinfo_endpoint');
    await signIn(page, { dpop: '1' });
    await expectSignedIn(page);
    if (there.metadata.userinfo_endpoint) {
      expect((await act(page, 'Ask who I am')).failed).toBeUndefined();
      const { authorization } = told.find((response) => response.ok()).request().headers();
      const [scheme, token] = authorization.split(' ');
      expect(scheme).toBe('DPoP');
      const stolen = await request.get(there.metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${token}` } });
      expect(stolen.ok()).toBe(false);
    }
    expect((await act(page, 'Renew')).failed).toBeUndefined();
    expect(granted.filter((response) => response.ok())).toHaveLength(2);
    expect(granted.every((response) => response.request().headers().dpop)).toBe(true);
  });

  step('PAR', 'the address that the browser goes to says only whose request it is', async ({ page }) => {
    const asked = [];
    page.on('request', (sent) => {
      if (sent.isNavigationRequest() && sent.url().startsWith(there.metadata.authorization_endpoint)) asked.push(new URL(sent.url()));
    });
    await signIn(page, { par: '1' });
    await expectSignedIn(page);
    expect([...asked[0].searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });

  step('revoke', 'the refresh token is worth nothing afterwards', async ({ page, context, request }) => {
    const revoked = answersOf(context, 'revocation_endpoint');
    await signIn(page);
    await expectSignedIn(page);
    // The page has another snapshot afterwards, and other buttons.
    await button(page, 'Give back').click();
    await expect(page.getByRole('status')).toHaveText('Signed out');
    await expect.poll(async () => (await said(page)).did).toBe('Give back');
    expect((await said(page)).failed).toBeUndefined();
    expect(revoked.length).toBeGreaterThan(0);
    expect(revoked.map((response) => response.status())).toEqual(revoked.map(() => 200));
    const token = sent(revoked.find((response) => sent(response, 'token_type_hint') === 'refresh_token'), 'token');
    if (!authorizer.takesAnything) expect((await useRefreshToken(request, clientId, token)).status()).toBe(400);
  });

  step('sign out', 'there too, back on the page, and nobody is signed in silently afterwards', async ({ page }) => {
    await signIn(page);
    await expectSignedIn(page);
    await button(page, 'Sign out').click();
    await authorizer.confirmSignOut?.(page);
    await page.waitForURL((url) => url.href.startsWith(`${there.page}interop.html`) && !url.searchParams.has('issuer'));
    await expect(page.getByRole('status')).toHaveText('Signed out');
    if (authorizer.takesAnything) return;
    expect(await act(page, 'Sign in silently')).toMatchObject({ answer: 'the person has to be asked' });
  });

  step('denied', 'the page says so, nothing is sent, and the next try works', async ({ page, context }) => {
    const granted = answersOf(context, 'token_endpoint');
    await signIn(page, { person: people.denies.page, decision: 'deny' });
    await expect.poll(async () => (await said(page)).failed?.code).toBe('access_denied');
    await expect(page.getByRole('status')).toHaveText('Signed out');
    expect(granted).toHaveLength(0);
    await button(page, 'Sign in').click();
    await pass(page, people.denies.page, { ended: signedIn(page) });
    await expectSignedIn(page);
  });

  for (const [words, minutes] of Object.entries(SKEWS)) {
    step('wrong clock', `${words}, in and renewed`, async ({ page, context }) => {
      const granted = answersOf(context, 'token_endpoint');
      await skew(page, minutes);
      await signIn(page);
      await expectSignedIn(page);
      // A renewal that the wrong clock asks for would have come by now: before the state of this press.
      if (there.metadata.userinfo_endpoint) expect((await act(page, 'Ask who I am')).failed).toBeUndefined();
      expect(granted).toHaveLength(1);
      await nextSecond();
      expect((await act(page, 'Renew')).failed).toBeUndefined();
      expect(granted).toHaveLength(2);
    });
  }

  // The first proof is made before the authorizer has said what time it is.
  for (const [words, minutes] of Object.entries(SKEWS)) {
    step('wrong clock', `${words}, with tokens bound to a key`, async ({ page }) => {
      await skew(page, minutes);
      await signIn(page, { dpop: '1' });
      await expectSignedIn(page);
      await nextSecond();
      expect((await act(page, 'Renew')).failed).toBeUndefined();
    }, ['DPoP']);
  }
});
