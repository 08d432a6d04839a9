// A private Redis from docker-compose.yml, for machines where no server can be installed.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeDown, composeUp } from './compose.mjs';
import { freePort } from './free-port.mjs';
import { stopIfAsked } from './processes.mjs';
import { makeFolder, noteOwner, removeFolder } from './redis-folders.mjs';
import { ask } from './resp.mjs';
import { say, Stop } from './say.mjs';

const START_WITHIN_MS = 60_000;

async function isUp(url) {
  const until = Date.now() + START_WITHIN_MS;
  while (Date.now() < until) {
    stopIfAsked();
    const answer = await ask(url, ['PING'], 500).catch(() => null);
    if (answer === 'PONG') return true;
    await sleep(100);
  }
  return false;
}

/** `{url, close}`. The container and its volume go with the run. */
export async function startContainer(root, parent) {
  const folder = makeFolder(parent);
  const project = `rds-import-run-${process.pid}`;
  noteOwner(folder, { project });
  const close = async () => {
    composeDown(root, project);
    removeFolder(folder);
  };
  try {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const isStarted = await composeUp(root, project, port);
    if (!isStarted || !(await isUp(url))) {
      throw new Stop('the Redis container does not start: see the lines above');
    }
    say(`private Redis container on ${url}`);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
