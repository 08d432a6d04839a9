// The world the simulator starts with when it is given none.
import { readFileSync } from 'node:fs';

export function readDefaultWorld(): unknown {
  return JSON.parse(readFileSync(new URL('./default-world.json', import.meta.url), 'utf8'));
}
