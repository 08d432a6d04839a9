// A private Redis on a free loopback port, that ends with its owner, however the owner ends.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { identify } from './identity.mjs';
import { stopIfAsked } from './processes.mjs';
import { makeFolder, noteOwner, removeFolder } from './redis-folders.mjs';
import { ask } from './resp.mjs';
import { say, Stop } from './say.mjs';

/** Durable as in production; hz 100 because delayed jobs are late by up to 100 ms at the default of 10. */
const SETTINGS = [
  ['--appendonly', 'yes'],
  ['--appendfsync', 'always'],
  ['--maxmemory-policy', 'noeviction'],
  ['--save', ''],
  ['--hz', '100'],
].flat();

const START_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 10_000;
/** Another process may take the port between our look and the server's bind. */
const PORT_TRIES = 5;

/**
 * The shell becomes the server; the part in the background waits on a pipe whose other end only we
 * hold. The end of the pipe, which even our SIGKILL brings about, stops the server; a line calls it off.
 */
const KEEPER = '(read -r line <&3 || kill -TERM $$) & exec "$@" 3<&-';

function launch(server, args) {
  const options = {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true, // out of the reach of Ctrl-C: the command still needs it to end well
    env: { ...process.env, ...server.env },
  };
  if (process.platform === 'win32') return spawn(server.bin, args, options);
  return spawn('/bin/sh', ['-c', KEEPER, 'redis-keeper', server.bin, ...args], options);
}

/** Is it our server that answers on this port? */
async function answers(url, child) {
  try {
    const info = await ask(url, ['INFO', 'server'], 500);
    return process.platform === 'win32' || info.includes(`process_id:${child.pid}\r\n`);
  } catch {
    return false;
  }
}

async function isUp(url, child) {
  const until = Date.now() + START_WITHIN_MS;
  while (Date.now() < until && !child.hasEnded) {
    stopIfAsked();
    if (await answers(url, child)) return true;
    await sleep(20);
  }
  return false;
}

async function end(child) {
  if (!child.hasEnded) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    if (process.platform === 'win32') child.kill();
    child.stdio[3].destroy();
    await ended;
    clearTimeout(timer);
  }
}

function lastLine(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim().split('\n').at(-1);
  } catch {
    return 'it wrote no log';
  }
}

function start(server, folder, port) {
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const log = ['--logfile', path.join(folder, 'redis.log'), '--daemonize', 'no'];
  const child = launch(server, [...place, ...SETTINGS, ...log]);
  const pipe = child.stdio[3];
  pipe.on('error', () => {});
  const onEnd = () => {
    child.hasEnded = true;
    pipe.end('ended\n');
  };
  child.once('exit', onEnd).once('error', onEnd);
  return child;
}

/** `{url, close}`. Its data lives in a folder of its own under `parent` and goes with it. */
export async function startServer(server, parent) {
  const folder = makeFolder(parent);
  let child;
  const close = async () => {
    if (child) await end(child);
    removeFolder(folder);
  };
  try {
    for (let tries = 0; tries < PORT_TRIES; tries += 1) {
      const port = await freePort();
      const url = `redis://127.0.0.1:${port}`;
      child = start(server, folder, port);
      if (child.pid) noteOwner(folder, { server: identify(child.pid) });
      if (await isUp(url, child)) {
        say(`private ${path.basename(server.bin)} ${server.version} on ${url}`);
        return { url, close };
      }
      await end(child);
    }
    throw new Stop(`${server.bin} does not start: ${lastLine(path.join(folder, 'redis.log'))}`);
  } catch (error) {
    await close();
    throw error;
  }
}
