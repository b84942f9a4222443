// What both drives share: the authorizer that runs, the steps, and what a person does on its pages.

import { expect, test as base } from '@playwright/test';

export { expect };

export const there = process.env.INTEROP_RUNNING ? JSON.parse(process.env.INTEROP_RUNNING) : {};
export const authorizer = await import(`./authorizers/${process.env.INTEROP_AUTHORIZER}.mjs`);
export const { people } = authorizer;

// What an authorizer says of itself decides what it offers.
const NEEDS = {
  UserInfo: 'userinfo_endpoint',
  DPoP: 'dpop_signing_alg_values_supported',
  PAR: 'pushed_authorization_request_endpoint',
  revoke: 'revocation_endpoint',
  'sign out': 'end_session_endpoint',
};

// Whether there is anything to test is known when the authorizer runs.
export const test = base.extend({
  offered: [
    async ({}, use, info) => {
      const needed = info.annotations.filter(({ type }) => ['step', 'needs'].includes(type)).map(({ description }) => description);
      const reason = needed.map(whyNot).find((why) => why !== undefined);
      info.skip(reason !== undefined, reason);
      await use();
    },
    { auto: true },
  ],
});

// A test of one step; the table of docs/interop.md has a column for each. What an authorizer does not offer, this step or others
// that it `needs`, stands there with the reason.
export function step(name, title, work, needs = []) {
  const annotation = [{ type: 'step', description: name }, ...needs.map((description) => ({ type: 'needs', description }))];
  test(`${name}: ${title}`, { annotation }, work);
}

function whyNot(name) {
  if (authorizer.notOffered[name]) return authorizer.notOffered[name];
  const needed = NEEDS[name];
  return needed && !there.metadata[needed] ? `its metadata has no \`${needed}\`` : undefined;
}

// From the authorizer's first page to the way back. `ended` is what an app shows that has taken the answer; where `page` is a
// window of its own, it is closed then.
export async function pass(page, person, { ended, decision = 'allow' }) {
  const { signInPage, signIn, allowButton, denyButton } = authorizer;
  const isOver = async () => page.isClosed() || (ended !== undefined && (await isVisible(ended)));
  // An app may have a button with words like those of the authorizer.
  const isThere = () => !page.isClosed() && ![there.demo, there.page].some((app) => page.url().startsWith(app));
  const shows = async (locate) => locate !== undefined && isThere() && isVisible(locate(page));
  // Whoever is signed in there, or has allowed before, is not asked again by every authorizer.
  await expect.poll(async () => (await isOver()) || (await shows(signInPage)) || (await shows(allowButton))).toBe(true);
  if (await shows(signInPage)) await signIn(page, person);
  if (decision === 'deny') return denyButton(page).click();
  await expect.poll(async () => (await isOver()) || (await shows(allowButton))).toBe(true);
  if (!(await isOver())) await allowButton(page).click();
}

// A window may close while it is looked at.
const isVisible = (locator) => locator.isVisible().catch(() => false);

// The answers of one endpoint that pages of this browser get to see.
export function answersOf(context, endpoint) {
  const answers = [];
  const url = there.metadata[endpoint];
  context.on('response', (response) => {
    if (response.url().split('?')[0] === url && response.request().method() !== 'OPTIONS') answers.push(response);
  });
  return answers;
}

// A parameter of the form that was sent for an answer. What is in the answers themselves is not asked: the browser does not
// always keep it.
export const sent = (response, name) => new URLSearchParams(response.request().postData() ?? '').get(name);

// Before tokens are renewed at an authorizer that makes the same token twice within a second, and then fails.
export async function nextSecond() {
  const second = () => Math.floor(Date.now() / 1000);
  const now = second();
  if (authorizer.oneTokenASecond) await expect.poll(second, { intervals: [100] }).toBeGreaterThan(now);
}

// Asks for tokens as a client that has nothing but this refresh token.
export function useRefreshToken(request, clientId, token) {
  const form = { grant_type: 'refresh_token', refresh_token: token, client_id: clientId };
  return request.post(there.metadata.token_endpoint, { form });
}

export const SKEWS = { '10 minutes behind': -10, '10 minutes ahead': 10, '20 hours behind': -1200, '20 hours ahead': 1200 };

// A device whose clock is off by so many minutes.
export function skew(page, minutes) {
  return page.addInitScript((ms) => {
    const Right = Date;
    globalThis.Date = class extends Right {
      constructor(...given) {
        if (given.length === 0) super(Right.now() + ms);
        else super(...given);
      }
      static now() {
        return Right.now() + ms;
      }
    };
  }, minutes * 60_000);
}
