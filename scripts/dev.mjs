#!/usr/bin/env node
/**
 * Builds and starts the service anew whenever a source changes, and the live page beside it.
 *
 * The page comes second: the compiler empties dist when it starts. Reload the browser to see a change.
 */
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endChildren, forwardSignals, runCommand } from './bootstrap/processes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = path.join(root, 'dist', 'main.js');

process.chdir(root);
forwardSignals();
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });

async function compiled() {
  while (!fs.existsSync(built)) await sleep(200);
  return 'compiled';
}

const service = runCommand(['nest', 'start', '--watch', '--env-file', '.env'], process.env);
if ((await Promise.race([service, compiled()])) === 'compiled') {
  void runCommand(['vite', 'build', '--watch', '--logLevel', 'warn'], process.env);
}
const exitCode = await service;
endChildren();
process.exit(exitCode);
