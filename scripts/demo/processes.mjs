// The processes of the demo: started from what was built, ended together.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set();

/** Resolves with what `ready` finds in a JSON line of its output; rejects with its output when it ends first. */
export function startNode(name, args, env, ready) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  return new Promise((resolve, reject) => {
    let output = '';
    const listen = (chunk) => {
      output = (output + chunk).slice(-4_000);
      for (const line of output.split('\n')) {
        const found = read(line, ready);
        if (found !== undefined) resolve(found);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => {
      running.delete(child);
      reject(new Error(`the ${name} ended with ${code}:\n${output}`));
    });
  });
}

function read(line, ready) {
  if (!line.startsWith('{')) return undefined;
  try {
    return ready(JSON.parse(line));
  } catch {
    return undefined; // half a line: the rest comes with the next chunk
  }
}

export async function endAll() {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.once('exit', resolve);
          child.kill('SIGTERM');
        }),
    ),
  );
}
