// An authorizer from PyPI: one of the programs in `python`, run by the virtual environment that was made for it.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePort, startProgram } from './program.mjs';

// Starts it with a port and the addresses of both apps. `issuerPath` is what its issuer has after the origin, `distribution` its
// name at PyPI.
export async function startPython(title, program, distribution, { home, work, demo, page }, issuerPath = '') {
  const python = path.join(home, 'bin/python');
  const port = await freePort();
  const issuer = `http://localhost:${port}${issuerPath}`;
  const file = fileURLToPath(new URL(`python/${program}`, import.meta.url));
  const ask = `from importlib.metadata import version; print(version('${distribution}'))`;
  const { stdout } = await promisify(execFile)(python, ['-c', ask]);
  const stop = await startProgram({
    name: title,
    command: [python, file, String(port), demo, page],
    cwd: work,
    // Nothing is written beside the program.
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    log: path.join(work, 'authorizer.log'),
    url: `${issuer}/.well-known/openid-configuration`,
  });
  return { issuer, version: stdout.trim(), stop };
}
