// Notices that the npm which started us is gone: its `sh -c` passes no signals on.
import process from 'node:process';
import { isPidAlive, nameOf, parentOf } from './identity.mjs';

const LOOK_EVERY_MS = 300;
const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'zsh', 'busybox']);

/** npm, where a shell that it started stands between: killing npm leaves that shell waiting for us. */
function npmBehindShell(parent) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return null;
  return SHELLS.has(nameOf(parent).replace(/^-/, '')) ? parentOf(parent) : null;
}

/** Calls `onGone` once when our parent, or the npm behind it, has died. */
export function watchAncestors(onGone) {
  const parent = process.ppid;
  if (parent <= 1) return;
  const npm = npmBehindShell(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && (!npm || isPidAlive(npm))) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}
