// What becomes of the token where an API has moved: the same tests in each browser, because it is the browser that leaves
// `Authorization` out of a redirect to another origin.

import { address, expectState, open, press, pressSignIn } from './ways.mjs';
import { allow } from './flow.mjs';
import * as movingApi from './servers/moving-api.mjs';

// `test` has the fixtures `page` and `host`.
export function movedApis(test, expect) {
  const withApi = test.extend({
    api: async ({}, use) => {
      const api = await movingApi.start();
      await use(api);
      await api.close();
    },
    call: async ({ page, host, api }, use) => {
      await use(async (path, { demands = {}, ...options } = {}) => {
        const provider = await host.provider(demands);
        await open(page, address({ app: host.app, provider }, { api: api.url, call: api.url + path, ...options }));
        await pressSignIn(page);
        await allow(page);
        await expectState(page, { status: 'signed_in', person: 'ada' });
        return press(page, 'Call the API');
      });
    },
  });

  withApi.describe('an API that has moved', () => {
    withApi('within its origin is called there, with the token', async ({ api, call }) => {
      expect(await call('/items')).toMatchObject({ status: 'signed_in', note: 'the API answered 200' });
      expect(api.got.map(({ path }) => path)).toEqual(['/items', '/items/']);
      const [first, second] = api.got.map(({ authorization }) => authorization);
      expect(first).toMatch(/^Bearer ./);
      expect(second).toBe(first);
    });

    for (const path of ['/away', '/round']) {
      withApi(`to another origin gets no token there (${path})`, async ({ api, call }) => {
        const answer = await call(path);
        const there = api.got.filter(({ host }) => host === 'elsewhere.localhost');
        expect(there.length).toBeGreaterThan(0);
        expect(there.map(({ authorization }) => authorization)).toEqual(there.map(() => ''));
        // What came back from there to the API has no token either, and is the API's own answer.
        const expected = path === '/away' ? { status: 'failed', code: 'redirected' } : { status: 'signed_in' };
        expect(answer).toMatchObject(expected);
        expect(api.got.filter(({ authorization }) => authorization)).toHaveLength(1);
      });
    }

    withApi('is not called there with a token that is bound to a key', async ({ api, call }) => {
      expect(await call('/items', { dpop: '1', demands: { dpop: true } })).toMatchObject({ status: 'failed', code: 'redirected' });
      expect(api.got.map(({ path }) => path)).toEqual(['/items']);
    });
  });

  for (const path of ['/endless', '/squeezed']) {
    withApi(`an answer that is larger than any is not read to its end (${path})`, async ({ api, call }) => {
      expect(await call(path)).toMatchObject({ status: 'failed', code: 'too_large' });
      if (path === '/endless') await expect.poll(() => api.stopped).toEqual(['/endless']);
    });
  }
}
