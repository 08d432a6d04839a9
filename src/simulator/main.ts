// Runs the simulator as a process: one JSON line on stdout once it listens, exit 0 on SIGTERM or SIGINT.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startSimulator } from './server.js';

const USAGE = 'usage: node main.js [--port 0] [--host 127.0.0.1] [--world file.json]';

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      world: { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error('--port must be an integer from 0 to 65535');
  }
  const world: unknown =
    values.world === undefined ? undefined : JSON.parse(readFileSync(values.world, 'utf8'));
  const simulator = await startSimulator({ port, host: values.host, world });
  const end = (): void => {
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  console.log(JSON.stringify({ listening: simulator.url }));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exit(1);
});
