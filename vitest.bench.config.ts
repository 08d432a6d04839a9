import { defineConfig } from 'vitest/config';

/** One after the other: figures taken side by side would measure each other. */
export default defineConfig({
  test: { include: ['test/bench/*.bench.ts'], fileParallelism: false, testTimeout: 300_000 },
});
