import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
const mustRun = Boolean(process.env['CI']);

/** Describes tests that need programs of the system; without them they are skipped, but never in CI. */
export function describeWith(programs: readonly string[], title: string, tests: () => void): void {
  const missing = programs.filter(
    (program) => !folders.some((folder) => existsSync(join(folder, program))),
  );
  const isSkipped = missing.length > 0 && !mustRun;
  const word = isSkipped ? ` (skipped: ${missing.join(', ')} not installed)` : '';
  describe.skipIf(isSkipped)(`${title}${word}`, tests);
}
