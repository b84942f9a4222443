// Makes the three apps of tests/package, and Workbox, in copies under target/: installs what their lock files say and the package from its
// tarball, type-checks and builds. What was done is stamped with what it was done for, so that only what changed is done again.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = path.join(ROOT, 'tests/package');
const APPS = path.join(ROOT, 'target/package-apps');

// The package as `cargo xtask package` wrote it: what is installed, and the folder that it was made of.
const TARBALL = from('NPM_TARBALL');
export const PACKAGE = from('NPM_PACKAGE');

const FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

// Where an app is once it is prepared; `dist` is what a host serves.
export const home = (app) => path.join(APPS, app);
export const dist = (app) => (app === 'plain' ? home(app) : path.join(home(app), 'dist'));

export default async function prepare() {
  for (const file of [TARBALL, PACKAGE]) {
    // `cargo xtask` sets both.
    if (!file) throw new Error('NPM_TARBALL and NPM_PACKAGE have to name the .tgz file and the folder of the package');
    await access(file);
  }
  await plain();
  await Promise.all([...['vite', 'react'].map(bundled), workbox()]);
}

// What makes the worker of a PWA. It knows nothing of the package.
async function workbox() {
  await mkdir(home('workbox'), { recursive: true });
  const files = ['package.json', 'package-lock.json', '.npmrc'].map((name) => path.join(SOURCES, 'workbox', name));
  await once('workbox', 'node_modules/.installed-for', files, async () => {
    for (const file of files) await cp(file, path.join(home('workbox'), path.basename(file)));
    await npm('workbox', ['ci', ...FLAGS]);
  });
}

// One of them: installed, type-checked and built.
export async function bundled(app) {
  const inputs = [TARBALL, fileURLToPath(import.meta.url), ...(await filesOf(path.join(SOURCES, app)))];
  await once(app, '.prepared-for', inputs, async () => {
    await sources(app);
    await install(app);
    // As in their package.json: the package's own command first, then the type check, then the build.
    await npm(app, ['run', 'build']);
  });
}

// Whoever starts this may be in another directory: a path in the environment is the clone's.
function from(name) {
  return process.env[name] && path.resolve(ROOT, process.env[name]);
}

// Nothing but files: without npm and without a build.
async function plain() {
  await rm(home('plain'), { recursive: true, force: true });
  await cp(path.join(SOURCES, 'plain'), home('plain'), { recursive: true });
  await run(process.execPath, [path.join(PACKAGE, 'copy.mjs'), 'copy', home('plain')], ROOT);
}

// The sources anew, beside what is installed already.
async function sources(app) {
  await mkdir(home(app), { recursive: true });
  for (const name of await readdir(home(app))) {
    if (name !== 'node_modules') await rm(path.join(home(app), name), { recursive: true });
  }
  const filter = (name) => path.basename(name) !== 'node_modules';
  await cp(path.join(SOURCES, app), home(app), { recursive: true, filter });
}

async function install(app) {
  const lock = path.join(SOURCES, app, 'package-lock.json');
  await once(app, 'node_modules/.installed-for', [lock], () => npm(app, ['ci', ...FLAGS]));
  // The package needs nothing of a registry: it has no dependencies.
  const add = ['install', '--no-save', '--offline', ...FLAGS, TARBALL];
  await once(app, 'node_modules/.package-installed', [lock, TARBALL], () => npm(app, add));
}

// Does something again when one of the files has changed since. `npm ci` removes the stamps in node_modules with the rest.
async function once(app, stamp, files, work) {
  const written = path.join(home(app), stamp);
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file)).update(file);
  const now = hash.digest('hex');
  if ((await readFile(written, 'utf8').catch(() => '')) === now) return;
  await work();
  await writeFile(written, now);
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  return files.filter((file) => !file.includes('node_modules')).sort();
}

const npm = (app, words) => run('npm', words, home(app));

async function run(program, words, cwd) {
  try {
    // A `.cmd` on Windows, which only a shell starts.
    await promisify(execFile)(program, words, { cwd, shell: process.platform === 'win32' && program === 'npm' });
  } catch (error) {
    // The output is what says why: an error of a type check stands on the standard output.
    throw new Error(`${path.basename(program)} ${words.join(' ')} failed in ${cwd}:\n${error.stdout}${error.stderr}`);
  }
}
