import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeadView } from '../../src/audit/sealing.js';
import { rows } from '../../src/platform/database/query.js';
import { inTransaction } from '../../src/platform/database/transaction.js';
import { makeOrder, makeProduct } from '../support/orders.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

let service: TestService;
let kept: HeadView;
beforeAll(async () => {
  service = await startTestService();
  const { productKey } = await makeProduct(service);
  await makeOrder(service, productKey, { quantity: 3 });
  kept = await sealedHead();
});
afterAll(async () => {
  await service.stop();
});

/** The head as the running service has it when nothing waits any more. */
async function sealedHead(): Promise<HeadView> {
  for (;;) {
    const { body } = await service.call<HeadView>('GET', '/api/v1/audit/head');
    if (body.unsealed === 0) return body;
  }
}

/** Runs `triplemint audit …` on the database of the service, beside it. */
async function audit(...args: readonly string[]) {
  const { database, dataDir } = service;
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url.expose(),
    DATA_DIR: dataDir,
  };
  const ran = run(process.execPath, [cli, 'audit', ...args], { env });
  return await ran.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

describe('triplemint audit', () => {
  it('shows the head as the service does', async () => {
    const { code, stdout } = await audit('head');
    expect(JSON.parse(stdout)).toEqual(kept);
    expect(code).toBe(0);
    expect(kept).toEqual({
      seq: expect.any(Number) as number,
      auditId: expect.any(Number) as number,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      sealedAt: expect.stringMatching(/Z$/) as string,
      unsealed: 0,
      unsealedSince: null,
    });
    expect(kept.auditId).toBeGreaterThan(3);
  });

  it('finds the history whole and a kept head in it', async () => {
    const file = join(service.dataDir, 'head.json');
    await writeFile(file, JSON.stringify(kept));
    for (const head of [file, `${kept.hash}:${kept.seq}`]) {
      const { code, stdout } = await audit('verify', '--head', head);
      expect(stdout).toMatch(/^The history is whole: \d+ rows in \d+ seals, the kept head is part/);
      expect(code).toBe(0);
    }
  });

  it('does not find a head that is not of this chain', async () => {
    const { code, stdout } = await audit('verify', '--head', `${'0'.repeat(64)}:1`);
    expect(stdout).toMatch(/^Seal 1 is not the one that was kept/);
    expect(code).toBe(1);
  });

  it('refuses for a head what is none', async () => {
    const { code, stdout, stderr } = await audit('verify', '--head', 'nowhere.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--head takes hash:seq');
  });

  it('names the row of which a superuser changed one byte', async () => {
    await inTransaction(service.database.dataSource, async (tx) => {
      await rows(tx, 'ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only');
      await rows(
        tx,
        `UPDATE audit_event SET actor = overlay(actor PLACING 'K' FROM 1) WHERE id = 2`,
      );
      await rows(tx, 'ALTER TABLE audit_event ENABLE TRIGGER audit_event_append_only');
    });
    const { code, stdout } = await audit('verify');
    expect(stdout).toMatch(/^Row 2 was altered: .* It says it was written \d{4}-\d\d-\d\dT.*\n$/);
    expect(code).toBe(1);
  });
});
