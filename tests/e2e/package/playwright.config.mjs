// The npm package in three throw-away apps, as people install it. `cargo xtask package` builds it; then
//
//   NPM_TARBALL=dist/npm.tgz NPM_PACKAGE=dist/npm npx playwright test --config package/playwright.config.mjs

import { defineConfig } from '@playwright/test';

import { common } from '../common.config.mjs';

export default defineConfig({
  ...common('../test-results', 'package-report'),
  testDir: '.',
  globalSetup: './prepare.mjs',
  outputDir: '../test-results/package',
});
