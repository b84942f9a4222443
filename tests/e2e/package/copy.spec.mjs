// `npx pkce-login copy DIRECTORY`.

import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from '@playwright/test';

import { PACKAGE } from './prepare.mjs';

test('what a host has to serve is copied, and what an earlier version left is not served any more', async ({}, testInfo) => {
  const target = testInfo.outputPath('public');
  expect(await copy('copy', target)).toMatchObject({ code: 0, stderr: '' });
  const first = await readdir(target, { recursive: true });
  for (const name of ['callback.html', 'callback-worker.js', 'authorizer-worker.js', 'pkce-login/element.js', 'pkce-login/headless.wasm', 'pkce-login/headless-full.wasm', 'pkce-login/headless-full-glue.js']) {
    expect(first).toContain(path.normalize(name));
  }
  // Types and manifests are not for browsers.
  expect(first.filter((name) => /\.d\.ts$|\.json$|\.mjs$|\.md$/.test(name))).toEqual([]);
  await writeFile(path.join(target, 'authorizer-worker-0123456789abcdef.wasm'), '');
  await writeFile(path.join(target, 'index.html'), '');
  expect(await copy('copy', target)).toMatchObject({ code: 0, stderr: '' });
  expect((await readdir(target, { recursive: true })).sort()).toEqual([...first, 'index.html'].sort());
});

test('without a directory it says so, and how it is used', async () => {
  const { code, stderr } = await copy('copy');
  expect(code).toBe(2);
  expect(stderr).toContain('no directory is named');
  expect(stderr).toContain('npx pkce-login copy DIRECTORY');
});

function copy(...words) {
  const program = path.join(PACKAGE, 'copy.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
  });
}
