// Two logins in one Firefox at the same time.

import { expectProblem, expectSignedIn, open, run, use } from '../flow.mjs';
import { expect, test } from './fixtures.mjs';

test('two tabs begin before either finishes, and both finish', async ({ app, context, page }) => {
  const other = await context.newPage();
  await open(page, app);
  await open(other, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible();
  await run(other);
  await other.getByRole('button', { name: 'Choose another person' }).click();
  await other.getByRole('button', { name: 'Grace Demo' }).click();
  await expect(other.getByRole('button', { name: 'Allow' })).toBeVisible();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(page, 'Ada Demo');
  await other.getByRole('button', { name: 'Allow' }).click();
  await expectSignedIn(other, 'Grace Demo');
});

test('an answer opened in another tab is refused in words, and both logins still finish', async ({ app, context, page, hostile }) => {
  const other = await context.newPage();
  await open(page, app);
  await use(page, hostile, 'openid profile');
  await open(other, app);
  const request = await requestOf(page, hostile);
  const otherRequest = await requestOf(other, hostile);

  const answer = await answerTo(request);
  await other.goto(answer);
  await expectProblem(other, 'state_mismatch', 'does not belong to a request made in this tab');
  expect(hostile.tokenRequests()).toHaveLength(0);
  expect(other.url()).toBe(app.url);

  await page.goto(answer);
  await expectSignedIn(page, 'mallory');
  await other.goto(otherRequest);
  await expectSignedIn(other, 'mallory');
  expect(hostile.tokenRequests()).toHaveLength(2);
});

// The authorizer's answer, before any tab has seen it.
async function answerTo(request) {
  const address = new URL(request);
  // The system's resolver need not know the names under localhost.
  address.hostname = 'localhost';
  const { headers } = await fetch(address, { redirect: 'manual' });
  return headers.get('location');
}

// Begins a login and gives its authorization request, which does not arrive: the page stays, as if the authorizer were slow.
async function requestOf(page, hostile) {
  const address = `${hostile.origin}/authorize*`;
  const requested = new Promise((resolve) => {
    page.route(address, async (route) => {
      await route.fulfill({ status: 204 });
      resolve(route.request().url());
    });
  });
  await run(page);
  const url = await requested;
  await page.unroute(address);
  return url;
}
