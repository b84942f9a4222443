// Runs one program, and ends it and all that it started when this program's input ends: also where the one who started
// this was killed and could not say goodbye.
//
//   node supervise.mjs PROGRAM [WORDS …]

import { spawn } from 'node:child_process';
import process from 'node:process';

// So long it may take to put things in order.
const GRACE_MS = 10_000;

const [program, ...words] = process.argv.slice(2);
// A process group of its own: a start script's programs are in it, too.
const child = spawn(program, words, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  signalGroup('SIGKILL');
  process.exit(code ?? (signal ? 1 : 0));
});
process.stdin.resume().on('end', end).on('error', end);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, end);

function end() {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), GRACE_MS);
}

function signalGroup(name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // Nobody is left in it.
  }
}
