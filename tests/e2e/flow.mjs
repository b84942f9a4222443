// What a person does in the app, by the names that a person reads.

import { expect } from './fixtures.mjs';

export const RUN = { name: /^Run the flow/ };

// Opens the app and waits until it has taken the page over.
export async function open(page, app) {
  await page.goto(app.url);
  await ready(page);
}

export async function ready(page) {
  await expect(page.locator('#run')).toBeVisible();
}

export async function run(page) {
  await page.getByRole('button', RUN).click();
}

// Signs in at the built-in authorizer and allows.
export async function allow(page, person = 'Ada Demo') {
  const pick = page.getByRole('button', { name: person });
  const yes = page.getByRole('button', { name: 'Allow' });
  // Who is signed in there already is asked for consent only.
  await expect(pick.or(yes)).toBeVisible();
  if (await pick.isVisible()) await pick.click();
  await yes.click();
}

export async function signIn(page, app, person = 'Ada Demo') {
  await open(page, app);
  await run(page);
  await allow(page, person);
  await expectSignedIn(page, person);
}

// Refuses at the built-in authorizer, which the app shows as an answer and not as a failure.
export async function deny(page, app) {
  await open(page, app);
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Deny' }).click();
  await expectProblem(page, 'access_denied', 'Access was denied.');
}

// Signs in as `signIn`, and expects all steps done with one token request and no code in the address.
export async function signInOnce(page, context, app) {
  const tokens = watch(context, '/authorizer/token');
  await signIn(page, app);
  expect(page.url()).toBe(app.url);
  for (let number = 1; number <= 8; number += 1) {
    await expect(step(page, number)).toHaveAttribute('data-status', 'done');
  }
  expect(tokens).toHaveLength(1);
}

export async function expectSignedIn(page, person = 'Ada Demo') {
  await expect(page.getByRole('heading', { name: `Signed in as ${person}` })).toBeVisible();
}

// Adds an authorizer in the setup and chooses it.
export async function use(page, { issuer, clientId }, scopes) {
  await openSetup(page);
  await page.getByRole('button', { name: 'Add an authorizer…' }).click();
  await page.getByLabel('Issuer', { exact: true }).fill(issuer);
  await page.getByLabel('Client ID').fill(clientId);
  if (scopes) await page.getByRole('textbox', { name: 'Scopes' }).fill(scopes);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('#setup summary')).toContainText(issuer);
}

export async function openSetup(page) {
  if (!(await page.locator('#setup').getAttribute('open'))) await page.locator('#setup summary').click();
}

// Switches one fault of the built-in authorizer on.
export async function breakSomething(page, name) {
  await openSetup(page);
  await page.getByLabel('Break something').selectOption(name);
  await expect(page.locator('#setup summary')).toContainText(`broken: ${name}`);
}

// The three sentences and the code of a failure.
export async function expectProblem(page, code, words) {
  const problem = page.locator('#problem').first();
  await expect(problem.locator('code').last()).toHaveText(code);
  if (words) await expect(problem).toContainText(words);
}

// There are tokens, and a panel for them.
export function tokensPanel(page) {
  return page.getByRole('heading', { name: 'Tokens', exact: true });
}

export function step(page, number) {
  return page.locator(`#step-${number}`);
}

// Every request that pages of this context make to an address that ends in `path`.
export function watch(context, path) {
  const seen = [];
  context.on('request', (request) => {
    if (new URL(request.url()).pathname.endsWith(path)) seen.push(request);
  });
  return seen;
}

// What the page's own requests to a token endpoint were answered, from its next page on: [{ status, json, sent }]. Read in the page,
// as the browser's tools have no body any more once the page is another one.
export async function tokenAnswers(page) {
  const answers = [];
  await page.exposeBinding('testTokenAnswer', (_, answer) => answers.push(answer));
  await page.addInitScript(() => {
    const fetched = window.fetch;
    window.fetch = async (input, init) => {
      // Read before it is sent: then it is gone.
      const sent = input instanceof Request ? await input.clone().text() : String(init?.body ?? '');
      const response = await fetched(input, init);
      if (new URL(input?.url ?? input, location.href).pathname.endsWith('/token')) {
        const copy = response.clone();
        const tell = (json) => window.testTokenAnswer({ status: copy.status, json, sent });
        await copy.json().then(tell, () => tell(null));
      }
      return response;
    };
  });
  return answers;
}
