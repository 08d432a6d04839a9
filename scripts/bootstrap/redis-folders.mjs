// One folder for each private Redis, with a note of who owns it; those of dead owners are cleared away.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeDown } from './compose.mjs';
import { identify, isAlive } from './identity.mjs';
import { say } from './say.mjs';

const NOTE = 'owner.json';
/** A folder without a note is being made, unless it has stood like that for so long. */
const MAKING_MS = 60_000;
const STOP_WITHIN_MS = 5_000;

/** `started` names what runs for this folder: `{server: identity}` or `{project: name}`. */
export function noteOwner(folder, started = {}) {
  const note = { owner: identify(process.pid), ...started };
  fs.writeFileSync(path.join(folder, NOTE), JSON.stringify(note));
}

export function makeFolder(parent) {
  const folder = fs.mkdtempSync(path.join(parent, `run-${process.pid}-`));
  noteOwner(folder);
  return folder;
}

export function removeFolder(folder) {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function readNote(folder) {
  try {
    return JSON.parse(fs.readFileSync(path.join(folder, NOTE), 'utf8'));
  } catch {
    return null;
  }
}

function isStale(folder, note) {
  if (note) return !isAlive(note.owner);
  return Date.now() - fs.statSync(folder).mtimeMs > MAKING_MS;
}

async function endServer(server) {
  const until = Date.now() + STOP_WITHIN_MS;
  process.kill(server.pid, 'SIGTERM');
  while (isAlive(server) && Date.now() < until) await sleep(50);
  if (isAlive(server)) process.kill(server.pid, 'SIGKILL');
}

/** What a run that was killed outright has left: its server is stopped, its data removed. */
export async function removeStale(root, parent) {
  for (const name of fs.readdirSync(parent)) {
    const folder = path.join(parent, name);
    const note = readNote(folder);
    if (!isStale(folder, note)) continue;
    say('clearing away the Redis of a run that was killed');
    if (isAlive(note?.server)) await endServer(note.server);
    if (note?.project) composeDown(root, note.project);
    removeFolder(folder);
  }
}
