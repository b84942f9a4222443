// The servers that the other specs rely on do what they say.

import { expect, test } from '../fixtures.mjs';
import { MODES } from '../servers/hostile.mjs';
import * as oidcProvider from '../servers/oidc-provider.mjs';

// Asks from a page of `url`'s origin, as the app would, so that CORS holds.
async function fetchFrom(page, url, target, options) {
  await page.goto(url);
  return page.evaluate(
    async ([target, options]) => {
      try {
        const response = await fetch(target, options);
        return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
      } catch (error) {
        return { error: error.name };
      }
    },
    [target, options],
  );
}

// The host's 404: a page of the app's origin without the app in it.
const PLAIN_PAGE = 'no-such-page';

test.describe('the static host', () => {
  test('answers 405 to a posted form and 404 to an unknown path, and logs both', async ({ app, request }) => {
    expect((await request.post(`${app.url}callback.html`)).status()).toBe(405);
    expect((await request.get(`${app.url}no-such-file?code=1`)).status()).toBe(404);
    expect(app.log).toContain('POST /callback.html');
    expect(app.log).toContain('GET /no-such-file?code=1');
  });

  test('sends the module with the type that streaming compilation needs', async ({ app, request }) => {
    const page = await (await request.get(app.url)).text();
    const [module] = page.match(/[\w-]+_bg\.wasm/);
    const response = await request.head(app.url + module);
    expect(response.headers()['content-type']).toBe('application/wasm');
  });

  test('gives no file from outside its directory', async ({ app, request }) => {
    expect((await request.get(`${app.url}..%2fCargo.toml`)).status()).toBe(404);
    expect((await request.get(`${app.url}%2e%2e/Cargo.toml`)).status()).toBe(404);
  });
});

test.describe('the real provider', () => {
  let provider;
  test.beforeAll(async ({ app }) => {
    // The app's own callback page would take the answer away before it can be looked at.
    provider = await oidcProvider.start({ app: app.url, redirectUri: app.url + PLAIN_PAGE });
  });
  test.afterAll(() => provider.close());

  test('lets the app read its metadata and names its own issuer', async ({ app, page }) => {
    const answer = await fetchFrom(page, app.url + PLAIN_PAGE, `${provider.issuer}/.well-known/openid-configuration`);
    const metadata = JSON.parse(answer.text);
    expect(metadata.issuer).toBe(provider.issuer);
    expect(metadata.code_challenge_methods_supported).toEqual(['S256']);
    expect(metadata.authorization_response_iss_parameter_supported).toBe(true);
    expect(metadata.token_endpoint).toBe(`${provider.issuer}/token`);
    expect(metadata.revocation_endpoint).toBeTruthy();
    expect(metadata.end_session_endpoint).toBeTruthy();
  });

  test('refuses an authorization request without PKCE', async ({ page }) => {
    const address = new URL(`${provider.issuer}/auth`);
    address.search = new URLSearchParams({
      client_id: provider.clientId,
      redirect_uri: provider.redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 's',
    });
    await page.goto(address.href);
    const back = new URL(page.url());
    expect(back.searchParams.get('error')).toBe('invalid_request');
    expect(back.searchParams.get('iss')).toBe(provider.issuer);
  });

  test('signs a person in, asks for consent, and answers with a code', async ({ page }) => {
    const { parameters } = await signIn(page, provider);
    expect(parameters.get('state')).toBe('s');
    expect(parameters.get('iss')).toBe(provider.issuer);
    expect(parameters.get('code')).toBeTruthy();
  });

  test('gives tokens for the code, and says who signed in', async ({ page }) => {
    const { tokens } = await signIn(page, provider);
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'openid profile offline_access' });
    expect(JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url')).alg).toBe('ES256');
    const claims = await page.evaluate(
      async ([address, token]) => (await fetch(address, { headers: { authorization: `Bearer ${token}` } })).json(),
      [`${provider.issuer}/me`, tokens.access_token],
    );
    expect(claims).toMatchObject({ sub: 'ada', name: 'Ada Demo' });
  });

  test('changes the refresh token at every use and ends the grant when an old one comes back', async ({ page }) => {
    const { tokens } = await signIn(page, provider);
    const first = await refresh(page, provider, tokens.refresh_token);
    expect(first.refresh_token).not.toBe(tokens.refresh_token);
    expect(await refresh(page, provider, tokens.refresh_token)).toMatchObject({ error: 'invalid_grant' });
    expect(await refresh(page, provider, first.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  });

  test('revokes a refresh token', async ({ page }) => {
    const { tokens } = await signIn(page, provider);
    const status = await page.evaluate(
      async ([address, body]) => (await fetch(address, { method: 'POST', body: new URLSearchParams(body) })).status,
      [`${provider.issuer}/token/revocation`, { client_id: provider.clientId, token: tokens.refresh_token }],
    );
    expect(status).toBe(200);
    expect(await refresh(page, provider, tokens.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  });

  test('signs the person out and leads back to the app', async ({ app, page }) => {
    const { tokens } = await signIn(page, provider);
    const address = new URL(`${provider.issuer}/session/end`);
    address.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: app.url, state: 'out' });
    await page.goto(address.href);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${app.url}?state=out`);
  });

  test('can be told to deny', async ({ page }) => {
    await page.goto(authorizationUrl(provider));
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`${provider.redirectUri}?**`);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  });

  test('keeps its token endpoint from an origin that was not allowed', async ({ app, page }) => {
    const closed = await oidcProvider.start({ app: app.url, cors: false });
    try {
      const answer = await fetchFrom(page, app.url + PLAIN_PAGE, `${closed.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: closed.clientId, grant_type: 'authorization_code' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(answer).toEqual({ error: 'TypeError' });
    } finally {
      await closed.close();
    }
  });
});

test.describe('the hostile server', () => {
  const EXPECTED = {
    '500': { status: 500 },
    'hang-up': { error: 'TypeError' },
    html: { status: 200, type: 'text/html' },
    'invalid-grant': { status: 400, text: '{"error":"invalid_grant"}' },
    'no-cors': { error: 'TypeError' },
    redirect: { error: 'TypeError' },
    silent: { error: 'TimeoutError' },
  };

  for (const mode of MODES.token) {
    test(`has a token endpoint that does this: ${mode}`, async ({ app, hostile, page }) => {
      hostile.modes.token = mode;
      await page.goto(app.url + PLAIN_PAGE);
      const answer = await page.evaluate(async (address) => {
        try {
          const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'c' });
          const signal = AbortSignal.timeout(1000);
          const response = await fetch(address, { method: 'POST', body, redirect: 'error', signal });
          return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
        } catch (error) {
          return { error: error.name };
        }
      }, `${hostile.issuer}/token`);
      expect(answer).toMatchObject(EXPECTED[mode]);
      expect(hostile.tokenRequests()).toHaveLength(1);
      expect(hostile.elsewhere()).toHaveLength(0);
    });
  }

  test('comes straight back with a code, the state and its issuer', async ({ app, hostile, page }) => {
    await page.goto(authorizationUrl({ ...hostile, redirectUri: `${app.url}${PLAIN_PAGE}` }));
    const back = new URL(page.url());
    expect(back.searchParams.get('state')).toBe('s');
    expect(back.searchParams.get('iss')).toBe(hostile.issuer);
    expect(hostile.authorizationRequests()).toHaveLength(1);
  });
});

// The example of RFC 7636, appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

function authorizationUrl({ issuer, clientId, redirectUri }) {
  const path = issuer.includes('hostile') ? '/authorize' : '/auth';
  const address = new URL(path, issuer);
  address.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile offline_access',
    prompt: 'consent',
    state: 's',
    nonce: 'n',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  return address.href;
}

// From the authorization request to the tokens, by hand.
async function signIn(page, provider) {
  await page.goto(authorizationUrl(provider));
  await page.getByRole('button', { name: 'Sign in as Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${provider.redirectUri}?**`);
  const parameters = new URL(page.url()).searchParams;
  const tokens = await tokenRequest(page, provider, {
    grant_type: 'authorization_code',
    code: parameters.get('code'),
    redirect_uri: provider.redirectUri,
    code_verifier: VERIFIER,
  });
  return { parameters, tokens };
}

function refresh(page, provider, token) {
  return tokenRequest(page, provider, { grant_type: 'refresh_token', refresh_token: token });
}

function tokenRequest(page, { issuer, clientId }, parameters) {
  return page.evaluate(
    async ([address, body]) => (await fetch(address, { method: 'POST', body: new URLSearchParams(body) })).json(),
    [`${issuer}/token`, { client_id: clientId, ...parameters }],
  );
}
