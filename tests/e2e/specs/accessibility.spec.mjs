// Everybody can use it: by keyboard, at 320 pixels, in both colour schemes, with a screen reader's structure.

import AxeBuilder from '@axe-core/playwright';

import { expect, test } from '../fixtures.mjs';
import { breakSomething, expectProblem, expectSignedIn, open, openSetup, run, signIn } from '../flow.mjs';
import { holdBack } from '../hold.mjs';

async function expectNoViolations(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

const STATES = {
  'the fresh page': open,
  'the setup': async (page, app) => {
    await open(page, app);
    await openSetup(page);
    await page.getByRole('button', { name: 'Add an authorizer…' }).click();
  },
  'the sign-in page': async (page, app) => {
    await open(page, app);
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).waitFor();
  },
  'the consent page': async (page, app) => {
    await open(page, app);
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).click();
    await page.getByRole('button', { name: 'Allow' }).waitFor();
  },
  'the signed-in page': signIn,
  'a failure': async (page, app) => {
    await open(page, app);
    await breakSomething(page, 'wrong-state');
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await expectProblem(page, 'state_mismatch');
  },
};

for (const [name, reach] of Object.entries(STATES)) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${name} has no violation that axe can find, ${colorScheme}`, async ({ app, page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await reach(page, app);
      await expectNoViolations(page);
    });
  }

  test(`${name} never scrolls sideways at 320 pixels`, async ({ app, page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await reach(page, app);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(320);
  });
}

test('the whole flow by keyboard', async ({ app, page }) => {
  await open(page, app);
  await tabTo(page, 'Run the flow');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Ada Demo' }).waitFor();
  await tabTo(page, 'Ada Demo');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  await tabTo(page, 'Allow');
  await page.keyboard.press('Enter');
  await expectSignedIn(page);
  // From the result on: the steps, the tabs of the selected one, the tokens.
  await tabTo(page, 'Clean the address bar');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Step 5: Clean the address bar' })).toBeVisible();
  await tabTo(page, 'Explain');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Request' })).toBeFocused();
  await expect(page.getByRole('tab', { name: 'Request' })).toHaveAttribute('aria-selected', 'true');
  await tabTo(page, 'Sign out');
  await page.keyboard.press('Enter');
  await expect(page.getByText('You are signed out, here and at the authorizer.')).toBeVisible();
});

async function tabTo(page, name) {
  for (let presses = 0; presses < 60; presses += 1) {
    const focused = await page.evaluate(() => document.activeElement?.textContent ?? '');
    if (focused.trim().startsWith(name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`"${name}" cannot be reached by keyboard`);
}

test('without WebAssembly the page explains the eight steps in text', async ({ app, page }) => {
  await page.addInitScript(() => {
    delete window.WebAssembly;
  });
  await page.goto(app.url);
  await expect(page.getByText('This page needs WebAssembly')).toBeVisible();
  await expect(page.locator('ol > li')).toHaveCount(8);
});

test('a press before the app is ready is not lost', async ({ app, page }) => {
  const go = await holdBack(page, '**/*.wasm');
  await page.goto(app.url, { waitUntil: 'domcontentloaded' });
  await page.getByRole('button', { name: 'Run the flow' }).click();
  await expect(page.getByRole('button', { name: 'Getting ready…' })).toBeVisible();
  go();
  await expect(page.getByRole('button', { name: 'Ada Demo' })).toBeVisible();
});
