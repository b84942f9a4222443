// What the configurations of Chromium and of the npm package share.

import { launchOptions } from './browser.mjs';

// `results` is the path to test-results, `name` that of the report.
export const common = (results, name) => ({
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try has found something: the summary of `cargo xtask test` names it.
  retries: 1,
  workers: 2,
  // Generous, for machines with other work: what is waited for is always an event, never time.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: `${results}/${name}.json` }]],
  use: { launchOptions, trace: 'retain-on-failure' },
});
