// The page with every option at a real provider: what the callback worker catches, and a session that two tabs share.

import { allow } from '../flow.mjs';
import { refreshInBoth, withHost } from '../host.mjs';
import { leftTabs } from '../left-tabs.mjs';
import { movedApis } from '../moved.mjs';
import { address, expectState, open, press, pressSignIn } from '../ways.mjs';
import { expect, test as base } from './fixtures.mjs';

const test = withHost(base);

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
  await refreshInBoth(expect, page, page, other);
  expect(await press(other, 'Call UserInfo')).toMatchObject({ status: 'signed_in' });
  expect(granted).toEqual(['refresh_token']);

  await other.getByRole('button', { name: 'Sign out' }).click();
  for (const tab of [page, other]) await expectState(tab, { status: 'signed_out' });
});

leftTabs(test, expect);

movedApis(test, expect);
