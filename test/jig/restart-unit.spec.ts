import { expect, it } from 'vitest';
import { lierdaNt35e } from '../../src/simulator/families/lierda-nt35e.js';
import { ClaimDesk } from './claim-desk.js';
import { runSimulated } from './simulated-bench.js';
import type { BenchOptions, BenchRun } from './simulated-bench.js';
import { endOf, expectTruth } from './truth.js';

const nothing = Buffer.alloc(0);

async function run(
  trouble: NonNullable<BenchOptions['trouble']>,
): Promise<BenchRun & { readonly restarts: number }> {
  const desk = new ClaimDesk();
  const result = await runSimulated({ family: lierdaNt35e, desk, trouble });
  const { restarts } = result.unit.counts;
  expectTruth(result, desk);
  return { ...result, restarts };
}

it('a contact that is open for a while is no restart: the command is sent again', async () => {
  let openUntilMs = 0;
  const result = await run((_, time) => (bytes, to) => {
    if (to === 'unit' && openUntilMs === 0 && bytes.includes('AT+CFUN=0,1')) {
      openUntilMs = time.now() + 20_000;
    }
    return time.now() < openUntilMs ? nothing : bytes;
  });
  expect(endOf(result)).toBe('PASS');
  expect(result.restarts).toBe(1);
  expect(result.traffic.split('AT+CFUN=0,1')).toHaveLength(3);
});

it('a module that restarts once more while it is read for the last time is read again', async () => {
  let hasReset = false;
  const result = await run((unit) => (bytes, to) => {
    const isRead = to === 'unit' && bytes.toString() === 'AT+LMQTTCFG="aliauth",0\r';
    if (!isRead || unit.counts.restarts === 0 || hasReset) {
      return bytes;
    }
    hasReset = true;
    unit.restart();
    return nothing;
  });
  expect(endOf(result)).toBe('PASS');
  expect(result.restarts).toBe(2);
});

it('a read-back that goes wrong in two ways is looked at until two looks agree', async () => {
  let looks = 0;
  const result = await run(() => (bytes, to) => {
    if (to === 'unit' && bytes.toString() === 'AT+LMQTTCFG="aliauth",0\r') {
      looks += 1;
    }
    const isSpoilt = to === 'jig' && bytes.includes('aliauth') && looks <= 2;
    if (!isSpoilt) {
      return bytes;
    }
    return looks === 1 ? nothing : Buffer.from(bytes.toString().replace('a1Jsz', 'a1JsX'));
  });
  expect(endOf(result)).toBe('PASS');
  expect(looks).toBe(4); // nothing, something wrong, right; and right once more after the restart
  expect(result.unit.counts.writes).toBe(1);
});
