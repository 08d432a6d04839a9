// One at a time over processes: a file that names its owner; the lock of a dead owner is void.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './identity.mjs';
import { stopIfAsked } from './processes.mjs';
import { say } from './say.mjs';

/** A lock without a readable owner is being written, unless it has stood like that for so long. */
const WRITING_MS = 5_000;

function isVoid(file) {
  try {
    const text = fs.readFileSync(file, 'utf8');
    if (text !== '') return !isAlive(JSON.parse(text));
    return Date.now() - fs.statSync(file).mtimeMs > WRITING_MS;
  } catch {
    return false;
  }
}

function take(file) {
  try {
    fs.writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isVoid(file)) fs.rmSync(file, { force: true });
    return false;
  }
}

export async function exclusively(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (let tries = 0; !take(file); tries += 1) {
    stopIfAsked();
    if (tries === 10) say('waiting for another start to finish its preparation');
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
