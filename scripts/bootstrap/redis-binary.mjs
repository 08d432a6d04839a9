// Finds a Redis or Valkey server on this machine that is new enough.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { say } from './say.mjs';

/** BullMQ's recommendation, and the oldest with the commands our scripts use. */
const OLDEST = [6, 2];

/** Where package managers put it when that is not on the PATH. */
const USUAL = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin', '/usr/sbin'];

export const vendorFolder = (root) => path.join(root, '.data', 'vendor');

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function candidates(root) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const inFolders = (list) =>
    list.flatMap((folder) => [
      path.join(folder, 'redis-server'),
      path.join(folder, 'valkey-server'),
    ]);
  const vendored = path.join(vendorFolder(root), 'bin', 'redis-server');
  const chosen = process.env.REDIS_SERVER_BIN;
  return [...(chosen ? [chosen] : []), ...inFolders(folders), vendored, ...inFolders(USUAL)];
}

/** The vendored copy brings its libraries; nothing else needs more than the environment it has. */
export function environmentOf(root, bin) {
  const vendor = vendorFolder(root);
  if (!bin.startsWith(vendor + path.sep)) return {};
  const libraries = [path.join(vendor, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return { LD_LIBRARY_PATH: libraries.join(':') };
}

function probe(root, bin) {
  if (!isExecutable(bin)) return null;
  const env = environmentOf(root, bin);
  const options = { encoding: 'utf8', timeout: 10_000, env: { ...process.env, ...env } };
  const version = /v=(\d+)\.(\d+)[\d.]*/.exec(spawnSync(bin, ['--version'], options).stdout ?? '');
  if (!version) return null;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
    return { bin, env, version: version[0].slice(2) };
  }
  say(`${bin} is ${version[0].slice(2)}, ${OLDEST.join('.')} or newer is needed: looking on`);
  return null;
}

/** `{bin, env, version}`, or null. `env` is what the server needs beside the usual environment. */
export function findServer(root) {
  for (const bin of candidates(root)) {
    const server = probe(root, bin);
    if (server) return server;
  }
  return null;
}
