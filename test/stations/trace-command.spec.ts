import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';
import type { Ended } from '../support/command.js';
import { adminKey } from '../support/service.js';
import { freshImei } from './bench.js';
import { startClaimLine } from './claim-line.js';
import type { ClaimLine } from './claim-line.js';

let line: ClaimLine;
let keyFile: string;
beforeAll(async () => {
  line = await startClaimLine();
  keyFile = join(line.service.dataDir, 'reader.key');
  await writeFile(keyFile, `${adminKey}\n`);
});
afterAll(async () => {
  await line.stop();
});

async function traced(...args: readonly string[]): Promise<Ended> {
  const { service, dataDir } = line.service;
  const where = ['--server', service.urls.http, '--key-file', keyFile];
  return await runCommand(['trace', ...args, ...where], { DATA_DIR: dataDir });
}

describe('triplemint trace', () => {
  it('tells a person what became of a unit', async () => {
    const imei = freshImei();
    const orderId = await line.order({ note: 'WO-7' });
    const { body } = await line.bench.claim(orderId, { imei, firmware: 'V1' }, 3);
    await line.bench.fail(body.claimId, 'write_refused');
    await line.bench.confirm((await line.bench.claim(orderId, { imei }, 4)).body);
    const { exitCode, stdout, stderr } = await traced(imei);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [title, device, order, claim, second, first, ...rest] = stdout.trimEnd().split('\n');
    expect(title).toBe(`imei:${imei}  firmware V1`);
    expect(device).toMatch(/^ {2}device .*unit1_000001: confirmed, never activated, offline$/);
    expect(order).toBe(`  order   ${orderId}, open, WO-7`);
    expect(claim).toMatch(
      /^ {2}claim {3}clm-\d+ confirmed, bench \d+ \(st-\d+\) slot 4, proof digest, confirmed \S+Z$/,
    );
    expect(second).toMatch(
      /^ {2}attempt 2 {2}began \S+Z {2,}\d+\.\d s {2}bench \d+ slot 4 {2}confirmed/,
    );
    expect(first).toMatch(/^ {2}attempt 1 .* slot 3 {2}failed {5}write_refused {2}-$/);
    expect(rest).toEqual([]);
    expect(stdout).not.toContain(body.triple.deviceSecret);
    const json = await traced(`imei:${imei}`, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ matchedBy: 'imei', nextCursor: null });
  });

  it('tells where and when a unit was confirmed, also when it has come back since', async () => {
    const imei = freshImei();
    const orderId = await line.order();
    const { body } = await line.bench.claim(orderId, { imei }, 1);
    await line.bench.confirm(body);
    const first = (await traced(imei)).stdout.match(/^ {2}claim .*$/m)?.[0];
    expect(first).toMatch(/ slot 1, proof digest, confirmed \S+Z$/);
    await line.bench.claim(orderId, { imei }, 6);
    const again = await traced(imei);
    expect(again.stdout).toContain(`${first ?? ''}, came back, `);
    expect(again.stdout).toMatch(/^ {2}attempt 2 {2}began \S+Z .* slot 6 {2}open/m);
    const path = `/api/v1/devices/${line.productKey}/${body.triple.deviceName}/void`;
    await line.service.call('POST', path, { reason: 'dead flash' });
    expect((await traced(imei)).stdout).toMatch(/ void, .* slot 6, reason: dead flash, changed /);
  });

  it('says that a unit is unknown, and how it was looked for, with exit code 1', async () => {
    const { exitCode, stdout, stderr } = await traced('nobody');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe(
      'triplemint: unit.not_found: No unit was found; tried as sn, iccid, deviceName.\n' +
        '  Check the number; name its kind, e.g. imei:… or deviceName:….\n',
    );
    expect((await traced(freshImei(), '--limit', '0')).exitCode).toBe(2);
    const empty = await traced('');
    expect(empty.exitCode).toBe(2);
    expect(empty.stderr).toContain('It is empty.');
  });

  it('says when there is more than it shows', async () => {
    const orderId = await line.order();
    const iccid = '89860000000000009999';
    for (let count = 0; count < 3; count += 1) {
      await line.bench.claim(orderId, { imei: freshImei(), iccid });
    }
    const { exitCode, stdout, stderr } = await traced(iccid, '--limit', '2');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'triplemint: only the newest 2 are shown; there are more\n',
    });
    expect(stdout.match(/^imei:/gm)).toHaveLength(2);
  });
});
