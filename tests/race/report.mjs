// race.md and race.svg, both from race.json beside them. `node tests/race/report.mjs docs` makes them anew.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FIGURES = [
  { name: 'shown', title: 'First visit, until the page says that nobody is signed in', unit: 'ms' },
  { name: 'signedIn', title: 'From the press to signed in, in a browser that was there before', unit: 'ms' },
];

export async function report(docs) {
  const results = JSON.parse(await readFile(path.join(docs, 'race.json'), 'utf8'));
  await writeFile(path.join(docs, 'race.md'), asMarkdown(results));
  await writeFile(path.join(docs, 'race.svg'), asChart(results));
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

const isOurs = ({ name }) => name.startsWith('pkce-login');

// Each client with the median and the quartiles of one figure, and what its median is to the quickest of the others.
export function compared(profile, figure) {
  // Who never got in has no figures, and the page says so.
  const rows = profile.clients.filter(({ runs }) => runs.length > 0).map((client) => {
    const values = client.runs.map((run) => run[figure]);
    return { name: client.name, isOurs: isOurs(client), median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
  });
  const quickest = Math.min(...rows.filter((row) => !row.isOurs).map(({ median }) => median));
  const reference = rows.find(({ name }) => name === 'oidc-client-ts')?.median;
  return rows.map((row) => ({ ...row, ratio: row.median / quickest, toReference: row.median / reference }));
}

const number = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '–');

function table(profile, { name, title, unit }) {
  const rows = compared(profile, name).map((row) => `| ${row.name} | ${number(row.median)} | ${number(row.low)} to ${number(row.high)} | ${number(row.ratio, 2)} | ${number(row.toReference, 2)} |`);
  return [`**${title}**`, '', `| client | median, ${unit} | quartiles | ÷ quickest of the others | ÷ oidc-client-ts |`, '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function octets(results) {
  const [profile] = results.profiles;
  const rows = profile.clients.filter(({ runs }) => runs.length > 0).map(({ name, runs }) => {
    const kilo = (figure) => number(quantile(runs.map((run) => run[figure]), 0.5) / 1024);
    return `| ${name} | ${kilo('octetsShown')} | ${kilo('octets')} |`;
  });
  return ['| client | until shown, KB | a first visit and a whole sign-in, KB |', '|---|---|---|', ...rows, ''].join('\n');
}

export function asMarkdown(results) {
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  const profiles = results.profiles.map((profile) => {
    const how = profile.rate ? `: ${profile.rate / 1e6} Mbit/s, every answer ${profile.latency} ms late` : '';
    return [`## ${profile.name[0].toUpperCase()}${profile.name.slice(1)}${how}`, '', ...FIGURES.map((figure) => table(profile, figure))].join('\n');
  });
  return `# A race

${results.date}, Chromium ${results.chromium}, ${results.rounds} rounds, each beginning with another client. \`cargo xtask race\` repeats it; this page and the
chart are made of \`race.json\`, which has every run.

Versions: ${versions}; pkce-login of this commit.

![Medians of both figures on the slowest network](race.svg)

What is measured:

- Each client in its documented minimal form (\`tests/race/pages\`), bundled by esbuild; pkce-login as its package and its guide have it. One
  host a client, gzip, files with a hash kept for ever, pages asked about each time.
- One oidc-provider for all. The person is signed in there and asked nothing, so that only the client's time passes. auth0-spa-js gets
  the two paths that it knows, keycloak-js the CORS header that it wants.
- The servers hold every answer back for as long as the profile says, for pages and workers alike; opening a connection costs
  nothing. What is loaded is what went through the servers' sockets, both ways, headers and TLS with it.
- "First visit" begins with the navigation and an empty cache. "From the press" begins with the click, 1.5 s after the page was
  shown, in a browser that has signed in once; tokens and storage of the app are gone, caches and workers are not.
- Not all do the same work. pkce-login fetches the authorizer's keys and checks the signature of the ID token. oidc-spa looks for a
  session at the authorizer before it says that nobody is signed in.

${profiles.join('\n')}
${absent(results)}## What is loaded

${octets(results)}`;
}

function absent(results) {
  const lost = new Set(results.profiles.flatMap(({ clients }) => clients.filter(({ runs }) => runs.length < results.rounds).map(({ name }) => name)));
  return lost.size > 0 ? `Not every run of these came to its end: ${[...lost].join(', ')}.\n\n` : '';
}

// Two bars a client, of the slowest network. Its colours follow the reader's light or dark.
export function asChart(results) {
  const profile = results.profiles.at(-1);
  const figures = FIGURES.map(({ name }) => compared(profile, name));
  const names = figures[0].map(({ name }) => name);
  const most = Math.max(...figures.flat().map(({ median }) => median));
  const [left, width, row] = [190, 400, 46];
  const bars = names.map((name, index) => {
    const top = 40 + index * row;
    const one = figures.map((rows, at) => {
      const { median } = rows.find((found) => found.name === name);
      const y = top + at * 16;
      const long = ((median / most) * width).toFixed(1);
      return `<rect class="f${at}" x="${left}" y="${y}" width="${long}" height="13"/><text x="${left + Number(long) + 6}" y="${y + 11}">${number(median)}</text>`;
    });
    return `<text x="${left - 10}" y="${top + 19}" text-anchor="end">${name}</text>${one.join('')}`;
  });
  const height = 50 + names.length * row;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 ${height}" role="img" aria-label="Medians in milliseconds, ${profile.name}">
<style>
svg { background: #fff; font: 13px system-ui, sans-serif }
text { fill: #1b1b1b } .f0 { fill: #8a97a8 } .f1 { fill: #0b5cad }
@media (prefers-color-scheme: dark) { svg { background: #131313 } text { fill: #eee } .f0 { fill: #75818f } .f1 { fill: #7db8f5 } }
</style>
<rect class="f0" x="${left}" y="14" width="13" height="13"/><text x="${left + 19}" y="25">first shown, ms</text>
<rect class="f1" x="${left + 140}" y="14" width="13" height="13"/><text x="${left + 159}" y="25">press to signed in, ms</text>
${bars.join('\n')}
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await report(process.argv[2]);
