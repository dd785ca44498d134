/** The tests that need no browser: one project a folder of tests/, so that each can be run alone. */
import { defineConfig } from 'vitest/config';
import { contractPlugin } from './scripts/contract-plugin.ts';

const project = (name: string, folders: readonly string[] = [name]) => ({
  plugins: [contractPlugin()],
  test: {
    name,
    include: folders.map((folder) => `tests/${folder}/**/*.test.{ts,tsx}`),
    environment: 'node' as const,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['unit', 'architecture']),
      project('contract'),
      project('host'),
      project('call'),
      project('livekit'),
      // By `npm run test:services` only: what they need has to be compiled or installed.
      project('services'),
    ],
    // One more than the cores of a small machine: much of the time is waiting for programs, pictures and the disk.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
