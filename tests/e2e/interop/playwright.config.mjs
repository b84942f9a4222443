// One real authorizer, driven by the demo app and by a page in TypeScript. `cargo xtask interop` fetches what is needed and
// sets the environment:
//
// - INTEROP_AUTHORIZER: a file of `authorizers`, by its name
// - INTEROP_HOME: where what was fetched for it is
// - INTEROP_WORK: a directory for logs and for the report
// - CHROMIUM, NPM_PACKAGE and NPM_TARBALL as for the other tests

import path from 'node:path';

import { defineConfig } from '@playwright/test';

import { launchOptions } from '../browser.mjs';

const work = process.env.INTEROP_WORK;

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  globalSetup: './running.mjs',
  outputDir: path.join(work, 'artifacts'),
  // The people of an authorizer and what they allowed are one state that the tests share.
  fullyParallel: false,
  workers: 1,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: path.join(work, 'report.json') }]],
  use: { launchOptions, trace: 'retain-on-failure' },
});
