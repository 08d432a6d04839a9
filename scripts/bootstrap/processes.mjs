// Child processes: signals reach them once, and their exit codes come back exactly.
import { spawn } from 'node:child_process';
import os from 'node:os';
import process from 'node:process';
import { say, Stop } from './say.mjs';

/** How long a command may take to end once its npm is gone: the service drains for 10 s. */
const GRACE_MS = 15_000;

const isWindows = process.platform === 'win32';
const children = new Set();
let stopSignal = null;

function start(command, args, options) {
  const child = spawn(command, args, { shell: isWindows, ...options });
  children.add(child);
  child.once('close', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

export function forwardSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopSignal ??= signal;
      // Ctrl-C has reached the whole foreground group already; a second one would mean "at once".
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      for (const child of children) child.kill(signal);
    });
  }
}

export function endChildren() {
  stopSignal ??= 'SIGTERM';
  for (const child of children) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, GRACE_MS).unref();
}

const codeOfSignal = (signal) => 128 + (os.constants.signals[signal] ?? 0);

/** Throws when a signal came in the meantime: whatever was being prepared is no longer wanted. */
export function stopIfAsked() {
  if (stopSignal) throw new Stop(`stopped by ${stopSignal}`, codeOfSignal(stopSignal));
}

/** Runs one step of the preparation; its output goes to stderr. True when it ended with 0. */
export async function succeeds(command, args, options = {}) {
  stopIfAsked();
  say(`$ ${[command, ...args].join(' ')}`);
  const child = start(command, args, { stdio: ['ignore', 2, 2], ...options });
  const isDone = await new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  stopIfAsked();
  return isDone;
}

/** Runs what all this is for. Gives its exit code; 127 when there is no such command. */
export async function runCommand([command, ...args], env) {
  stopIfAsked();
  const child = start(command, args, { stdio: 'inherit', env });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(`cannot run ${command}: ${error.message}`);
      resolve(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('close', (code, signal) => resolve(code ?? codeOfSignal(signal)));
  });
}
