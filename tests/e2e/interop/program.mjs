// An authorizer that is a program of its own: started, waited for, and stopped.

import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SUPERVISE = fileURLToPath(new URL('supervise.mjs', import.meta.url));

// A port that nobody listens at just now.
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Starts a program and resolves when `url` answers with success.
//
// - `command`: the program and its words
// - `env`: what it finds in its environment besides ours
// - `log`: the file that gets all it says
// - `seconds`: how long it may take
export async function startProgram({ name, command, env = {}, cwd, log, url, seconds = 180 }) {
  const file = await open(log, 'w');
  const program = spawn(process.execPath, [SUPERVISE, ...command], {
    cwd,
    env: { ...process.env, ...env },
    // The input is what it lives on: it ends with us, whatever becomes of us.
    stdio: ['pipe', file.fd, file.fd],
  });
  await file.close();
  let ended;
  const end = new Promise((resolve) => program.once('exit', (code) => resolve((ended = code ?? 1))));
  const stop = async () => {
    program.stdin.end();
    await end;
  };
  const began = Date.now();
  for (let told = 0; !(await answers(url)); ) {
    const elapsed = Math.floor((Date.now() - began) / 1000);
    if (ended !== undefined || elapsed > seconds) {
      await stop();
      const what = ended === undefined ? `did not answer at ${url} within ${seconds} s` : `ended with ${ended}`;
      throw new Error(`${name} ${what}. The end of ${log}:\n${(await readFile(log, 'utf8')).slice(-3000)}`);
    }
    if (elapsed >= told + 10) console.log(`  ${name} is starting: ${(told = elapsed)} s ...`);
    await Promise.race([wait(200), end]);
  }
  return stop;
}

async function answers(url) {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return ok;
  } catch {
    return false;
  }
}
