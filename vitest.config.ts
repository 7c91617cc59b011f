import { tmpdir } from 'node:os';
import { defineConfig } from 'vitest/config';
import { ramDisc } from './test/support/ram-disc.js';

// The workers and whatever they start inherit it.
process.env['TMPDIR'] ??= ramDisc() ?? tmpdir();

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    pool: 'forks',
    maxWorkers: 3, // of two cores; much of a test waits for processes and discs
    // Loading the framework anew for each of some two hundred files would take a third of the time.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
