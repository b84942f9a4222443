// The same app in a stock Firefox, which Playwright drives over WebDriver BiDi. `cargo xtask test --only firefox` runs it.
//
// package.json names Playwright 1.63 for it: 1.65 sends a command that Firefox 153, the present ESR, does not know, and opens
// no page there. 1.64 waits for ever where a navigation ends without a new page, in Chromium.

import { defineConfig } from '@playwright/test';

import { environment, preferences } from './preferences.mjs';

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/firefox',
  preserveOutput: 'failures-only',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 1,
  workers: 2,
  // More than in the other configuration, for each test starts a Firefox.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/firefox-report.json' }]],
  use: {
    browserName: 'firefox',
    // The Firefox that people have. Without the channel, Playwright expects one that it has patched.
    channel: 'moz-firefox',
    launchOptions: {
      // `cargo xtask` names the Firefox it found; without it, one is looked for where it is usually installed.
      executablePath: process.env.FIREFOX || undefined,
      firefoxUserPrefs: preferences,
      env: { ...process.env, ...environment },
    },
  },
});
