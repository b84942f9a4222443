// Our client sits every fault of the built-in authorizer, in one page and without a click: `docs/testing.md` has the table.

import { readFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';

import { start } from '../servers/static.mjs';

// Nobody is asked anything.
const OPTIONS = { sign_in_as: 'ada', consent: 'given' };

// What is told otherwise here. The browser only says that there is nothing to read; and an answer that does not name the
// login of a hidden frame reaches no page that waits for it.
const IN_A_BROWSER = {
  'token-lost': 'cors_blocked',
  'wrong-state': 'frame_timed_out',
  'no-state': 'frame_timed_out',
  'wrong-redirect-uri': 'frame_timed_out',
  unsolicited: 'frame_timed_out',
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>Exam</title><body><script type="module">
  import { createAuth } from './embed/headless.js';
  await navigator.serviceWorker.register('authorizer-worker.js?options=exam.json', { scope: './' });
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  const base = new URL('./', location.href);
  async function sit({ name, needs, stage }) {
    const issuer = new URL('authorizer' + (name && '/~' + name), base).href;
    try {
      const auth = await createAuth({ issuer, clientId: 'pkce-login-demo', redirectUri: new URL('callback.html', base).href, prepare: 'press', dpop: needs === 'DPoP', pushedRequests: needs === 'PAR' });
      const signedIn = await auth.loginSilently();
      if (!signedIn) return 'login_required';
      if (stage === 'At a refresh') await signedIn.refresh();
      if (stage === 'At UserInfo') await signedIn.userinfo();
      return 'in';
    } catch (error) {
      return error.code ?? String(error);
    }
  }
  window.exam = async (rows) => {
    const found = {};
    const queue = [...rows];
    // Several at once: some answers take half a minute.
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let row = queue.shift(); row; row = queue.shift()) found[row.name] = await sit(row);
    }));
    return found;
  };
</script>`;

// The rows of one kind in docs/testing.md.
function rows(kind) {
  const document = readFileSync(new URL('../../../docs/testing.md', import.meta.url), 'utf8');
  const [, part] = document.split(new RegExp(`### \\d+ ${kind}\\n`));
  const lines = part.split('\n### ')[0].split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => {
    const [first, does, , reason] = line.split(' | ');
    const [, name, needs = ''] = /`([^`]+)`(?: \((\w+)\))?/.exec(first);
    return { name, needs, stage: /^(At [^.]+)\. /.exec(does)?.[1] ?? '', reason: reason.replaceAll('`', '') };
  });
}

// The published client has no JARM, and a sign-out leaves the page.
const isSat = ({ needs, stage }) => needs !== 'JARM' && stage !== 'At a sign-out';

test.describe('the exam of our client', () => {
  let host;
  test.beforeAll(async () => {
    host = await start({ pages: { 'exam.html': PAGE, 'exam.json': JSON.stringify(OPTIONS) } });
  });
  test.afterAll(() => host.close());

  test.beforeEach(async ({ page }) => {
    await page.goto(`${host.url}exam.html`);
    await page.waitForFunction(() => typeof window.exam === 'function');
  });

  test('the strict authorizer, each weakness and each demand: signed in', async ({ page }) => {
    const honest = [{ name: '', needs: '', stage: 'At a refresh' }, ...rows('weaknesses'), ...rows('demands').filter(isSat)];
    expect(honest.length).toBeGreaterThan(25);
    const found = await page.evaluate((honest) => window.exam(honest), honest);
    expect(found).toEqual(Object.fromEntries(honest.map(({ name }) => [name, 'in'])));
  });

  test('each fault: refused, with the code of the table', async ({ page }) => {
    test.setTimeout(180_000);
    const faults = rows('faults').filter(isSat);
    expect(faults.length).toBeGreaterThan(75);
    const found = await page.evaluate((faults) => window.exam(faults), faults);
    expect(found).toEqual(Object.fromEntries(faults.map(({ name, reason }) => [name, IN_A_BROWSER[name] ?? reason])));
  });
});
