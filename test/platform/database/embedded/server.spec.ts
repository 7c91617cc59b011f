import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  removeEmbeddedPostgres,
  settlePlace,
} from '../../../../src/platform/database/embedded/place.js';
import { Server } from '../../../../src/platform/database/embedded/server.js';

it('ends a server that was launched a moment ago and has told nobody yet that it runs', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'triplemint-server-'));
  onTestFinished(async () => {
    await removeEmbeddedPostgres(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  });
  const place = await settlePlace(dataDir);
  await mkdir(place.cluster, { recursive: true, mode: 0o755 });
  const postgres = join(dirname(place.cluster), 'slow-to-start');
  await writeFile(postgres, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  const server = new Server({ ...place, runtime: { ...place.runtime, postgres } }, {});
  let looks = 0;
  const isCancelled = (): boolean => (looks += 1) > 1;
  await expect(server.meet(undefined, isCancelled)).rejects.toMatchObject({
    code: 'database.embedded_failed',
  });
});
