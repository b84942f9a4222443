// `cargo xtask race`: how long a person waits with each client, and what is loaded. It writes docs/race.json; report.mjs makes the
// document and the chart of it.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { build } from 'esbuild';

import { CLIENT_ID, start as startAuthorizer } from './authorizer.mjs';
import { CLIENTS, PROFILES } from './clients.mjs';
import { report } from './report.mjs';
import { Network, below, serve } from './servers.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    profile: { type: 'string' },
    package: { type: 'string' },
    leptos: { type: 'string' },
    port: { type: 'string', default: '9443' },
    out: { type: 'string' },
  },
});

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(new URL('../e2e/package.json', import.meta.url));
const { chromium } = (await import(pathToFileURL(require.resolve('@playwright/test')))).default;

// A person looks at a page before pressing anything.
const LOOK = 1500;
const LIMIT = 60_000;

const network = new Network();
const clients = CLIENTS.filter(({ name }) => !options.only || name.includes(options.only));
const profiles = PROFILES.filter(({ name }) => !options.profile || name.includes(options.profile));
const issuer = `https://as.localhost:${options.port}/`;

async function filesOf(client) {
  if (client.isLeptos) return below(options.leptos);
  const files = {};
  if (client.isOurs) {
    const packed = await below(options.package);
    for (const name of ['/callback.html', '/callback-worker.js']) files[name] = packed[name];
    for (const [name, octets] of Object.entries(packed)) if (/^\/(headless(-full)?|element)(-glue)?\.(js|wasm)$/.test(name)) {
      files[`/pkce-login${name}`] = octets;
      if (client.page) files[name] = octets;
    }
  }
  let body = client.html?.replace('ISSUER', issuer).replace('CLIENT_ID', CLIENT_ID);
  if (client.page) {
    const { outputFiles } = await build({
      entryPoints: [path.join(here, 'pages', client.page)],
      bundle: true, minify: true, format: 'esm', write: false, target: 'es2022', 
      // As bundlers do: the module and its glue are files beside the script, loaded when they are needed.
      alias: { 'pkce-login/headless': path.resolve(options.package, 'headless.js') }, external: ['*-glue.js', '*/builtin.js'],
      define: { ISSUER: JSON.stringify(issuer), CLIENT_ID: JSON.stringify(CLIENT_ID), 'process.env.NODE_ENV': '"production"' },
      logLevel: 'error',
    });
    const script = Buffer.from(outputFiles[0].contents);
    const name = `/app-${createHash('sha256').update(script).digest('hex').slice(0, 8)}.js`;
    files[name] = script;
    body = `<script type="module" src="${name}"></script>`;
  }
  files['/index.html'] = Buffer.from(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>App</title><link rel="icon" href="data:,"><body>${body}`);
  return files;
}

// In each page, before its own scripts: the moments at which a person sees something, by one clock for all pages.
function watch() {
  const now = () => performance.timeOrigin + performance.now();
  const stateOf = () => {
    const body = document.body?.dataset.race;
    if (body) return body;
    const element = document.querySelector('pkce-login');
    const base = element?.shadowRoot?.querySelector('.pkce-base') ?? document.querySelector('.pkce-base');
    if (document.querySelector('main > p')?.textContent.startsWith('Hello')) return 'in';
    if (element ? element.state === 'signed-in' : false) return 'in';
    return base?.dataset.state === 'idle' && base.dataset.looking === undefined ? 'out' : undefined;
  };
  let last;
  const look = () => {
    const state = stateOf();
    if (state && state !== last) window.raceSaw((last = state), now());
    requestAnimationFrame(look);
  };
  if (window === top && location.hostname === 'localhost') {
    window.raceSaw('open', performance.timeOrigin);
    look();
  }
  addEventListener('click', () => window.raceSaw('press', now()), { capture: true });
}

class Visitor {
  #seen = [];
  #waiting = [];

  static async come(browser) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ ignoreHTTPSErrors: true });
    await visitor.context.exposeBinding('raceSaw', (_, what, at) => visitor.#saw({ what, at }));
    await visitor.context.addInitScript(watch);
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  #saw(event) {
    this.#seen.push(event);
    this.#waiting = this.#waiting.filter(({ what, resolve }) => (event.what === what ? resolve(event) : true));
  }

  // The next time that it is seen.
  next(what) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${what} was not seen at ${this.page.url()}`)), LIMIT);
      this.#waiting.push({ what, resolve: (event) => (clearTimeout(late), resolve(event), false) });
    });
  }

  // From the first navigation: a client may leave and come back before it shows anything.
  async open(url) {
    const [opened, out] = [this.next('open'), this.next('out')];
    await this.page.goto(url, { waitUntil: 'commit' });
    return (await out).at - (await opened).at;
  }

  async press() {
    const [press, signedIn] = [this.next('press'), this.next('in')];
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    return (await signedIn).at - (await press).at;
  }

  // As after closing the tab and coming back: what browsers and workers keep stays, and the authorizer knows the person.
  async forget(url) {
    await this.page.evaluate(async () => {
      sessionStorage.clear();
      localStorage.clear();
      for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
    });
    const kept = (await this.context.cookies()).filter(({ domain }) => domain !== 'localhost');
    await this.context.clearCookies();
    await this.context.addCookies(kept);
    await this.page.goto('about:blank');
  }
}

async function run(browser, client, profile) {
  const visitor = await Visitor.come(browser);
  try {
    network.set(profile);
    let before = network.octets;
    const shown = await visitor.open(client.url);
    const octetsShown = network.octets - before;
    network.set({});
    await visitor.press();
    await visitor.forget(client.url);
    network.set(profile);
    await visitor.open(client.url);
    await visitor.page.waitForTimeout(LOOK);
    before = network.octets;
    const signedIn = await visitor.press();
    // All of it, in a browser that has nothing yet.
    const fresh = await Visitor.come(browser);
    network.set({});
    before = network.octets;
    await fresh.open(client.url);
    await fresh.page.waitForTimeout(LOOK);
    await fresh.press();
    const octets = network.octets - before;
    await fresh.context.close();
    return { shown, signedIn, octetsShown, octets };
  } finally {
    await visitor.context.close();
  }
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--ignore-certificate-errors', '--no-sandbox'] });
const closing = [() => browser.close()];
try {
  for (const client of clients) {
    const server = await serve(await filesOf(client), network);
    closing.push(server.close);
    client.url = `http://localhost:${server.port}/`;
  }
  const authorizer = await startAuthorizer(Number(options.port), clients.map(({ url }) => url), network);
  closing.push(authorizer.close);
  const results = profiles.map((profile) => ({ profile, clients: clients.map(({ name }) => ({ name, runs: [] })) }));
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const { profile, clients: rows } of results) {
      for (let at = 0; at < clients.length; at += 1) {
        // Another one begins each round.
        const index = (at + round) % clients.length;
        try {
          const found = await run(browser, clients[index], profile);
          rows[index].runs.push(found);
          console.log(`round ${round + 1}, ${profile.name}, ${clients[index].name}: shown ${found.shown.toFixed(0)} ms, signed in ${found.signedIn.toFixed(0)} ms, ${found.octets} octets`);
        } catch (error) {
          console.error(`round ${round + 1}, ${profile.name}, ${clients[index].name}: ${error.message}`);
          process.exitCode = 1;
        }
      }
    }
  }
  const { devDependencies } = JSON.parse(await readFile(path.join(here, 'package.json'), 'utf8'));
  const json = {
    date: new Date().toISOString().slice(0, 10),
    chromium: browser.version(),
    rounds: Number(options.rounds),
    versions: Object.fromEntries(clients.filter((client) => client.package).map((client) => [client.name, devDependencies[client.package]])),
    profiles: results.map(({ profile, clients: rows }) => ({ ...profile, clients: rows })),
  };
  // A part of it is looked at on the screen.
  const isWhole = clients.length === CLIENTS.length && profiles.length === PROFILES.length;
  if (isWhole || options.out) {
    const docs = options.out ?? path.join(here, '../../docs');
    await writeFile(path.join(docs, 'race.json'), `${JSON.stringify(json)}\n`);
    await report(docs);
  }
} finally {
  for (const close of closing.reverse()) await close();
}
