// Where the code can be seen, for each way to receive it: the table of the README, measured.

import { readFile } from 'node:fs/promises';

import { expect, test } from '../fixtures.mjs';
import { Observed, address, allowThere, expectState, foreignRequest, isHistory, look, open, parties, pressSignIn } from '../ways.mjs';

const README = new URL('../../../README.md', import.meta.url);
const HEADING = '## Where the code can be seen';
const CALLBACK = '/callback.html';

// Each way: its name in the table, and what a person does until the login has ended. It gives the page that the person
// then sees and, where no provider of ours said it, the code.
const WAYS = {
  'query, scrubbed in place by `replaceState`': async ({ page, there }) => {
    await page.goto(foreignRequest(there, `${there.app.url}in-place.html`));
    await allowThere(page);
    await expect(page.locator('#arrived')).toBeVisible();
    expect(page.url()).toBe(`${there.app.url}in-place.html`);
  },
  'query, answered by the app': Object.assign(signIn({}), { isAnsweredByApp: true }),
  'query, callback page': signIn({}),
  'fragment, callback page': signIn({ response_mode: 'fragment' }),
  'query, callback worker': signIn({ catch: '1' }),
  'form_post, callback worker': signIn({ catch: '1', response_mode: 'form_post' }),
  'form_post without the worker: lost, a static host answers 405': async ({ page, there }) => {
    await page.goto(foreignRequest(there, `${there.app.url}callback.html`, 'form_post'));
    const answered = page.waitForResponse((response) => new URL(response.url()).pathname === CALLBACK);
    await allowThere(page);
    expect((await answered).status()).toBe(405);
    await page.waitForURL(`${there.app.url}callback.html`);
  },
  'popup, callback page': signInByPopup({}),
  'popup, callback worker': signInByPopup({ catch: '1' }),
  'hidden frame, callback page': async ({ page, there }) => {
    // The built-in authorizer: one of another site has no cookies in a frame.
    const options = { issuer: undefined, client_id: undefined };
    await open(page, address(there, options));
    await pressSignIn(page);
    await page.getByRole('button', { name: 'Ada Demo' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await expectState(page, { status: 'signed_in' });
    await open(page, address(there, { ...options, way: 'frame', prompt: 'none' }));
    const answered = page.waitForRequest((request) => request.url().includes(`${CALLBACK}?code=`));
    await pressSignIn(page);
    const code = new URL((await answered).url()).searchParams.get('code');
    await expectState(page, { status: 'signed_in', person: 'ada' });
    return code;
  },
};

function signIn(options) {
  return async ({ page, there }) => {
    await open(page, address(there, options));
    await pressSignIn(page);
    await allowThere(page);
    await expectState(page, { status: 'signed_in' });
  };
}

function signInByPopup(options) {
  return async ({ page, there }) => {
    await open(page, address(there, { way: 'popup', ...options }));
    const [popup] = await Promise.all([page.waitForEvent('popup'), pressSignIn(page)]);
    const closed = popup.waitForEvent('close');
    await allowThere(popup);
    await expectState(page, { status: 'signed_in' });
    await closed;
  };
}

test.describe('the table of the README', () => {
  // One after the other, so that the whole table can be printed.
  test.describe.configure({ mode: 'default' });

  const measured = [];

  for (const [name, walk] of Object.entries(WAYS)) {
    test(`${name.replaceAll('`', '')}: as the table says`, async () => {
      const there = await parties({ isAnsweredByApp: walk.isAnsweredByApp });
      const observed = await Observed.start();
      try {
        const [page] = observed.context.pages();
        const seen = await measure({ page, there, observed, walk });
        measured.push(row(name, seen));
        expect(row(name, seen)).toBe((await rows()).find((line) => line.startsWith(`| ${name} |`)));
      } finally {
        await observed.close();
        await observed.remove();
        await there.close();
      }
    });
  }

  test('the table has no other rows', async () => {
    expect((await rows()).map((line) => line.split(' | ')[0].slice(2))).toEqual(Object.keys(WAYS));
  });

  test.afterAll(() => {
    console.log(`\n${measured.join('\n')}\n`);
  });
});

async function measure({ page, there, observed, walk }) {
  const code = (await walk({ page, there })) ?? there.codes.at(-1);
  expect(code.length).toBeGreaterThan(20);
  const left = await look(page, code);
  // What is not found has to be looked for where something is: the image was asked for, and the visit is on disk.
  if (!page.url().endsWith(CALLBACK)) expect(there.elsewhere.referers.length).toBeGreaterThan(0);
  await observed.close();
  expect((await observed.filesWith(there.app.url)).some(isHistory)).toBe(true);
  const has = (texts) => texts.some((text) => text.includes(code));
  return {
    ...left,
    referrer: left.referrer || has(there.app.referers) || has(there.elsewhere.referers),
    server: has(there.app.log) || has(there.app.bodies),
    disk: await observed.filesWith(code),
    readers: [...new Set(observed.read.filter(({ text }) => text.includes(code)).map(({ page: reader }) => reader))],
  };
}

function row(name, { address: inAddress, performance, referrer, server, disk, readers }) {
  const cells = [
    name,
    inAddress ? '**keeps the code**' : 'clean',
    performance ? '**keeps the code**' : 'clean',
    referrer ? 'needs no-referrer' : 'clean',
    server ? 'sees it' : 'never sees it',
    onDisk(name, disk),
    whoCanRead(name, readers),
  ];
  return `| ${cells.join(' | ')} |`;
}

// Where else a browser keeps an address is its own affair and changes; only of the worker is it said that nothing is left.
function onDisk(name, files) {
  if (files.some(isHistory)) return 'keeps it';
  return files.length === 0 && name.endsWith('callback worker') ? '**nothing**, in no file' : '**nothing**';
}

function whoCanRead(name, readers) {
  if (readers.length === 0) return 'never';
  // Where the app stands at the address of the callback page, its scripts are those of the app.
  if (!readers.includes(CALLBACK) || WAYS[name].isAnsweredByApp) return 'can read it';
  return readers.length === 1 ? 'only the callback page' : 'the callback page, then the app';
}

async function rows() {
  const readme = await readFile(README, 'utf8');
  const section = readme.slice(readme.indexOf(HEADING)).split('\n## ')[0];
  return section.split('\n').filter((line) => line.startsWith('| ')).slice(1);
}
