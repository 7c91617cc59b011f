import { expect, it, vi } from 'vitest';
import { createLogger } from '../../../src/platform/logger.js';
import { QuietLog } from '../../../src/platform/limits/quiet-log.js';

interface Line {
  readonly event: string;
  readonly line?: string;
  readonly count?: number;
}

it('a storm of lines is cut to twenty, and then it is told how many were left out', async () => {
  const lines: Line[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  const log = new QuietLog(createLogger('info', { write }));
  for (let index = 0; index < 1000; index += 1) log.info({ index }, 'something');
  const written = lines.length;
  expect(written).toBeGreaterThanOrEqual(20);
  expect(written).toBeLessThan(100);
  const told = await vi.waitUntil(() => lines.find(({ event }) => event === 'log.left_out'), 5000);
  expect(told).toMatchObject({ line: 'something', count: 1000 - written });
  expect(lines).toHaveLength(written + 1);
});
