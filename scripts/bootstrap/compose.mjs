// Calls docker compose for one private project, so that two runs never share a container.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { succeeds } from './processes.mjs';

const UP = ['up', '--detach', '--wait', 'redis'];
const DOWN = ['down', '--volumes', '--timeout', '10'];

const docker = (...args) => spawnSync('docker', args, { stdio: 'ignore', timeout: 10_000 });

export const canRunContainers = () =>
  docker('info').status === 0 && docker('compose', 'version').status === 0;

/** Compose reads the settings of every service of the file, also of those that are not started. */
function environment(port) {
  const unused = { MASTER_KEYS: 'unused', BOOTSTRAP_ADMIN_KEY: 'unused' };
  return { ...process.env, ...unused, REDIS_PORT: String(port) };
}

export function composeUp(root, project, port) {
  return succeeds('docker', ['compose', '-p', project, ...UP], {
    cwd: root,
    env: environment(port),
  });
}

/** Unlike a step of the preparation, this also happens after a signal. */
export function composeDown(root, project) {
  const options = { cwd: root, stdio: 'ignore', env: environment(0) };
  spawnSync('docker', ['compose', '-p', project, ...DOWN], options);
}
