import { defineConfig } from '@playwright/test';

import { common } from './common.config.mjs';

export default defineConfig({
  ...common('test-results', 'report'),
  testDir: 'specs',
  outputDir: 'test-results/artifacts',
});
