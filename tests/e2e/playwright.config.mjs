import { defineConfig } from '@playwright/test';

import { launchOptions } from './browser.mjs';

export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results/artifacts',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try has found something: the summary of `cargo xtask test` names it.
  retries: 1,
  workers: 2,
  // Generous, for machines with other work: what is waited for is always an event, never time.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/report.json' }]],
  use: {
    launchOptions,
    trace: 'retain-on-failure',
  },
});
