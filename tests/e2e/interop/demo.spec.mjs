// The demo app, which has the Rust client.

import { expectProblem, expectSignedIn, open, run, step as stepOfFlow, use } from '../flow.mjs';
import { SKEWS, answersOf, authorizer, expect, nextSecond, pass, people, skew, step, test, there } from './drive.mjs';

const app = { url: there.demo };

const signedIn = (page) => page.getByRole('heading', { name: /^Signed in as ./ });

async function begin(page) {
  await open(page, app);
  await use(page, { issuer: there.issuer, clientId: there.clientId }, there.scope);
  await run(page);
}

async function signIn(page, person = people.usual) {
  await begin(page);
  await pass(page, person, { ended: signedIn(page) });
  await expect(signedIn(page)).toBeVisible();
}

test.describe('demo app', () => {
  step('sign in', 'all eight steps are done, at the address of the app', async ({ page, context }) => {
    const granted = answersOf(context, 'token_endpoint');
    await signIn(page);
    expect(page.url()).toBe(there.demo);
    await expect(stepOfFlow(page, 7)).toHaveAttribute('data-status', 'done');
    expect(granted).toHaveLength(1);
  });

  step('consent', 'whoever is asked for consent allows, and is signed in', async ({ page }) => {
    await begin(page);
    await authorizer.signIn(page, people.consents.demo);
    await authorizer.allowButton(page).click();
    await expect(signedIn(page)).toBeVisible();
  });

  step('UserInfo', 'it answers, and names the person', async ({ page }) => {
    await signIn(page);
    await expectSignedIn(page, authorizer.nameOf[people.usual]);
    await page.getByRole('button', { name: 'Call userinfo' }).click();
    await expect(page.locator('#notice')).toContainText('The API answered.');
  });

  step('renewal', 'new tokens, twice', async ({ page, context }) => {
    const granted = answersOf(context, 'token_endpoint');
    await signIn(page);
    for (const times of [2, 3]) {
      await nextSecond();
      await page.getByRole('button', { name: 'Refresh' }).click();
      await expect(page.locator('#notice')).toContainText('New tokens.');
      await expect.poll(() => granted.length).toBe(times);
    }
    expect(granted.map((response) => response.status())).toEqual([200, 200, 200]);
  });

  step('revoke', 'the tokens are given back', async ({ page, context }) => {
    const revoked = answersOf(context, 'revocation_endpoint');
    await signIn(page);
    await page.getByRole('button', { name: 'Revoke' }).click();
    await expect(page.getByText('The tokens were revoked')).toBeVisible();
    await expect(page.locator('#notice #problem')).toHaveCount(0);
    expect(revoked.every((response) => response.ok())).toBe(true);
  });

  step('sign out', 'there too, and back', async ({ page }) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    if (authorizer.confirmSignOut) {
      // Its page has a button of the same name.
      await page.waitForURL((url) => !url.href.startsWith(there.demo));
      await authorizer.confirmSignOut(page);
    }
    await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
    expect(page.url()).toBe(there.demo);
  });

  step('denied', 'the app says so, in its own words', async ({ page, context }) => {
    const granted = answersOf(context, 'token_endpoint');
    await begin(page);
    await pass(page, people.denies.demo, { decision: 'deny' });
    await expectProblem(page, 'access_denied');
    expect(granted).toHaveLength(0);
  });

  for (const [words, minutes] of Object.entries(SKEWS)) {
    step('wrong clock', `${words}, and the person reads it`, async ({ page }) => {
      await skew(page, minutes);
      await signIn(page);
      const ahead = minutes > 0 ? 'ahead' : 'behind';
      await expect(page.locator('#clock')).toContainText(ahead);
    });
  }
});
