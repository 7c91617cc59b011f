import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askOracle } from '../../src/oracle/oracle.js';
import { Database } from '../../src/platform/database/database.js';
import { freshImei } from '../stations/bench.js';
import type { Bench } from '../stations/bench.js';
import { makeProduct } from '../support/orders.js';
import { allCommands, benchCount, stepsMade } from './commands.js';
import { LineModel } from './line-model.js';
import { RealLine } from './real-line.js';
import { Site } from './site.js';

const unitCount = 8;
const quantity = 20;
const firstQuota = 6;

let site: Site;
let productKey: string;
let benches: readonly Bench[];
beforeAll(async () => {
  site = await Site.open();
  ({ productKey } = await makeProduct(site));
  benches = await RealLine.enrol(site, benchCount);
});
afterAll(async () => {
  await site.close();
});

it('whatever stations and admins do, the service answers as a small model of the rules', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.commands(allCommands, { maxCommands: 40, size: '+1' }),
      async (commands) => {
        const imeis = Array.from({ length: unitCount }, freshImei);
        const model = new LineModel(imeis, quantity, firstQuota);
        const line = await RealLine.open(site, productKey, benches, model);
        await fc.asyncModelRun(() => ({ model, real: line }), commands);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
  const steps = [...stepsMade].map(([name, count]) => `${count} ${name}`).join(', ');
  process.stdout.write(`model: ${steps}; ${site.restarts} restarts\n`);
  const { findings } = await askOracle(new Database(site.database.dataSource));
  expect(findings.flatMap(({ flaws }) => flaws)).toEqual([]);
}, 180_000);
