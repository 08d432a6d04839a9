// node_modules holds exactly what package-lock.json says, for this Node and this platform.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { succeeds } from './processes.mjs';
import { say, Stop } from './say.mjs';

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function fingerprint(lock) {
  const machine = [process.version, process.platform, process.arch].join(' ');
  return createHash('sha256').update(lock).update(machine).digest('hex');
}

/**
 * Did somebody run npm by hand? npm keeps a copy of what it installed; it lacks only packages for
 * other platforms.
 */
export function isInstalled(lockText, installedText) {
  if (!installedText) return false;
  const wanted = JSON.parse(lockText).packages;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(wanted).every(([where, entry]) => {
    const found = installed[where];
    if (where === '' || (!found && entry.optional)) return true;
    return found?.version === entry.version && found?.integrity === entry.integrity;
  });
}

export async function ensureDependencies(root) {
  const lock = read(path.join(root, 'package-lock.json'));
  if (lock === null) throw new Stop('package-lock.json is missing: this is not a full checkout');
  const modules = path.join(root, 'node_modules');
  const stampFile = path.join(modules, '.bootstrap-stamp');
  const stamp = read(stampFile);
  const wanted = fingerprint(lock);
  if (stamp === wanted) return;

  if (stamp !== null || !isInstalled(lock, read(path.join(modules, '.package-lock.json')))) {
    const why = fs.existsSync(modules) ? 'not those of package-lock.json' : 'missing';
    say(`the packages are ${why}: installing them, about half a minute`);
    if (!(await npmCi(root))) throw new Stop('npm ci failed: see its lines above');
  }
  fs.mkdirSync(modules, { recursive: true });
  fs.writeFileSync(stampFile, wanted);
}

/** With the same npm that runs us. Development packages are wanted whatever NODE_ENV says. */
function npmCi(root) {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  if (npm && /\.c?js$/.test(npm)) {
    return succeeds(process.execPath, [npm, ...args], { cwd: root, shell: false });
  }
  return succeeds('npm', args, { cwd: root });
}
