// dist is what the sources say: compiled again when the content of any of them has changed.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { succeeds } from './processes.mjs';
import { say, Stop } from './say.mjs';

const SETTINGS = [
  ...['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'],
  'vite.config.ts',
];

/** The service first: it empties dist. */
const TOOLS = [
  ['node_modules/@nestjs/cli/bin/nest.js', 'build'],
  ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
];

function filesUnder(folder) {
  return fs.readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    return entry.isFile() ? [path.join(entry.parentPath ?? entry.path, entry.name)] : [];
  });
}

export function fingerprint(root) {
  const files = [
    ...SETTINGS.map((name) => path.join(root, name)),
    ...filesUnder(path.join(root, 'src')),
  ];
  const hash = createHash('sha256');
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!fs.existsSync(file)) continue;
    const content = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    hash.update(`${path.relative(root, file)} ${content}\n`);
  }
  return hash.digest('hex');
}

export async function ensureBuild(root) {
  const stampFile = path.join(root, 'dist', '.bootstrap-stamp');
  const wanted = fingerprint(root);
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted) return;

  say('compiling');
  for (const [tool, ...args] of TOOLS) {
    const command = [path.join(root, tool), ...args];
    const isBuilt = await succeeds(process.execPath, command, { cwd: root, shell: false });
    if (!isBuilt) throw new Stop('the sources do not compile: see the lines above');
  }
  fs.mkdirSync(path.dirname(stampFile), { recursive: true });
  fs.writeFileSync(stampFile, wanted);
}
