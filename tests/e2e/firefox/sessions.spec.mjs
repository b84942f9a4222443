// The page with every option at a real provider: what the callback worker catches, and a session that two tabs share.

import { allow } from '../flow.mjs';
import { leftTabs } from '../left-tabs.mjs';
import { movedApis } from '../moved.mjs';
import { address, everyOption, expectState, open, press, pressSignIn, state } from '../ways.mjs';
import { expect, test as base } from './fixtures.mjs';

const test = base.extend({
  host: [
    async ({}, use) => {
      const host = await everyOption();
      await use(host);
      await host.close();
    },
    { scope: 'worker' },
  ],
});

async function signIn(page, host, provider, options) {
  await open(page, address({ app: host.app, provider }, options));
  await pressSignIn(page);
  await allow(page);
  await expectState(page, { status: 'signed_in', person: 'ada' });
}

for (const mode of ['query', 'form_post']) {
  test(`the callback worker catches ${mode}, and the web server never has the code`, async ({ page, host }) => {
    const provider = await host.provider();
    const codes = [];
    provider.provider.on('authorization_code.saved', ({ jti }) => codes.push(jti));
    await signIn(page, host, provider, { catch: '1', response_mode: mode });
    expect(codes).toHaveLength(1);
    expect([...host.app.log, ...host.app.bodies].filter((line) => line.includes(codes[0]))).toEqual([]);
    expect(await press(page, 'Refresh')).toMatchObject({ status: 'signed_in' });
  });
}

test('two tabs share a session that is bound to a key, renew it once, and end together', async ({ context, page, host }) => {
  const provider = await host.provider({ dpop: true });
  await signIn(page, host, provider, { storage: 'device', dpop: '1', stay: '1' });
  const other = await context.newPage();
  await other.goto(page.url());
  await expectState(other, { status: 'signed_in', person: 'ada' });

  const granted = [];
  provider.provider.on('grant.success', (ctx) => granted.push(ctx.oidc.params.grant_type));
  let goOn;
  const mayGoOn = new Promise((resolve) => (goOn = resolve));
  const asked = new Promise((resolve) => {
    page.route('**/token', async (route) => {
      resolve();
      await mayGoOn;
      await route.continue();
    });
  });
  const refreshed = press(page, 'Refresh');
  await asked;
  const alsoRefreshed = press(other, 'Refresh');
  // The other tab waits for the lock.
  await expect.poll(() => other.evaluate(async () => (await navigator.locks.query()).pending.length)).toBe(1);
  goOn();
  const both = await Promise.all([refreshed, alsoRefreshed]);
  for (const one of both) expect(one).toMatchObject({ status: 'signed_in', lasts_until: (await state(page)).lasts_until });
  expect(await press(other, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
  expect(granted).toEqual(['refresh_token']);

  await other.getByRole('button', { name: 'Sign out' }).click();
  for (const tab of [page, other]) await expectState(tab, { status: 'signed_out' });
});

leftTabs(test, expect);

movedApis(test, expect);
