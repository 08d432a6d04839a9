// Which process was it: a pid alone is not enough, because pids are given out again.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** Fields of /proc/<pid>/stat from the third on; the second, the name, may hold spaces. */
function statFields(pid) {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function ps(pid, column) {
  const shown = spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
  return shown.status === 0 ? shown.stdout.trim() : '';
}

/** Something that differs between two processes with the same pid; empty where it cannot be told. */
function birthOf(pid) {
  try {
    const fields = statFields(pid);
    const isZombie = fields[0] === 'Z'; // ended; only its parent has not asked yet
    return isZombie ? 'ended' : fields[19];
  } catch {
    return ps(pid, 'lstart');
  }
}

export function parentOf(pid) {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return Number(ps(pid, 'ppid')) || 0;
  }
}

export function nameOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ps(pid, 'comm').split('/').at(-1) ?? '';
  }
}

export function isPidAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

export function identify(pid) {
  return { pid, birth: birthOf(pid) };
}

export function isAlive(identity) {
  if (!Number.isInteger(identity?.pid) || !isPidAlive(identity.pid)) return false;
  return birthOf(identity.pid) === identity.birth;
}
