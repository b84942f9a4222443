// Pictures of the built demo app: docs/run.png for the README, and each state at each width and in both colour schemes for
// looking at. It drives the page by the names a person reads, as the specs do. Run it with `cargo xtask screenshots`.

import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

import { launchOptions } from './browser.mjs';
import * as staticHost from './servers/static.mjs';

const README_PICTURE = fileURLToPath(new URL('../../docs/run.png', import.meta.url));
const OUT = fileURLToPath(new URL('screenshots/', import.meta.url));

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
  { width: 320, height: 640 },
];

const SCHEMES = ['light', 'dark'];

// Each brings a page that shows the app's start to the state it is named for.
const STATES = {
  start: async () => {},
  setup: async (page) => {
    await page.locator('#setup summary').click();
  },
  'sign-in': async (page) => {
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).waitFor();
  },
  consent: async (page) => {
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).click();
    await page.getByRole('button', { name: 'Allow' }).waitFor();
  },
  'signed-in': signIn,
  denied: async (page) => {
    await run(page);
    await page.getByRole('button', { name: 'Ada Demo' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Access was denied').first().waitFor();
  },
};

const failures = [];
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const app = await staticHost.start();
const browser = await chromium.launch(launchOptions);
for (const [name, reach] of Object.entries(STATES)) {
  for (const viewport of SIZES) {
    for (const colorScheme of SCHEMES) {
      const file = `${OUT}${name}-${viewport.width}-${colorScheme}.png`;
      await picture({ viewport, colorScheme, reach, file, fullPage: true });
    }
  }
}
await picture({ viewport: SIZES[0], colorScheme: 'light', reach: signIn, file: README_PICTURE, fullPage: true });
await browser.close();
await app.close();

if (failures.length > 0) {
  console.error(`Not reached:\n  ${failures.join('\n  ')}`);
  process.exit(1);
}
console.log(`docs/run.png is taken, and the states are in ${OUT}`);

async function picture({ viewport, colorScheme, reach, file, fullPage }) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(5_000);
  const page = await context.newPage();
  try {
    await page.goto(app.url);
    await reach(page);
  } catch (error) {
    failures.push(`${file}: ${error.message.split('\n')[0]}`);
  }
  // Taken in any case: the picture shows where it stopped.
  await page.screenshot({ path: file, fullPage });
  await context.close();
}

async function run(page) {
  await page.getByRole('button', { name: 'Run the flow' }).click();
}

async function signIn(page) {
  await run(page);
  await page.getByRole('button', { name: 'Ada Demo' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Signed in as Ada Demo' }).waitFor();
}
