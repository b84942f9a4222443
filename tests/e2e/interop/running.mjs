// Before the tests: the two apps on hosts of their own, and the authorizer, which knows both. After them all is stopped.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { bundled, dist } from '../package/prepare.mjs';
import * as staticHost from '../servers/static.mjs';

export default async function running() {
  const name = process.env.INTEROP_AUTHORIZER;
  const work = process.env.INTEROP_WORK;
  const authorizer = await import(`./authorizers/${name}.mjs`);
  await mkdir(work, { recursive: true });
  console.log('Preparing the page in TypeScript ...');
  await bundled('vite');
  const stops = [];
  const stopAll = async () => {
    for (const stop of stops.reverse()) await stop();
  };
  try {
    const demo = await staticHost.start();
    stops.push(demo.close);
    const page = await staticHost.start({ root: dist('vite') });
    stops.push(page.close);
    console.log(`Starting ${authorizer.title} ...`);
    const there = await authorizer.start({ home: process.env.INTEROP_HOME, work, demo: demo.url, page: page.url });
    stops.push(there.stop);
    const { stop: _, ...about } = there;
    const found = await fetch(`${about.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const metadata = await found.json();
    process.env.INTEROP_RUNNING = JSON.stringify({ ...about, metadata, demo: demo.url, page: page.url });
    const { title, settings } = authorizer;
    await writeFile(path.join(work, 'about.json'), JSON.stringify({ title, settings, version: about.version }));
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}
