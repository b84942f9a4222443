// The npm package in three throw-away apps, as people install it. `cargo xtask package` builds it; then
//
//   NPM_TARBALL=dist/npm.tgz NPM_PACKAGE=dist/npm npx playwright test --config package/playwright.config.mjs

import { defineConfig } from '@playwright/test';

import { launchOptions } from '../browser.mjs';

export default defineConfig({
  testDir: '.',
  globalSetup: './prepare.mjs',
  outputDir: '../test-results/package',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 1,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/package-report.json' }]],
  use: {
    launchOptions,
    trace: 'retain-on-failure',
  },
});
