import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import { startChild } from './child.js';
import { shown } from './figures.js';
import type { Finding } from './finding.js';
import type { IdleDevices } from './load/idle.js';
import { maxOpenFiles, settledMegabytes } from './process.js';
import { exportedTriples, startRegistrar } from './registrar.js';
import type { BenchServer } from './server.js';

/** Devices that come and go before the first look: what is needed once is no cost of a connection. */
const warmUp = 500;
/** Devices that are connected at each look. */
const steps = [0, 1_000, 3_000];
const most = 3_000;
/** What the service has open besides the connections. Units: file descriptors. */
const otherFiles = 200;
const file = new URL('./load/idle.ts', import.meta.url);

/**
 * Measures the memory of the service for each 1,000 devices that are connected and idle.
 *
 * Shape: no finding where memory is not told (Linux alone does), or where a process may not have so
 * many connections. Errors: a connection was lost meanwhile.
 */
export async function benchIdle(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const registrar = await startRegistrar(bench, server, 'bench_idle', most + warmUp);
  const { service } = registrar;
  const room = await maxOpenFiles(service.pid);
  if (room < most + otherFiles) {
    bench.say(`  left out: it may have ${shown(room)} files open`);
    return [];
  }
  const triples = await exportedTriples(registrar);
  const { mqtt: port } = service.ports;
  await comeAndGo(bench, { port, triples: triples.slice(most) });
  const megabytes: number[] = [];
  const child = startChild(file, bench.cleanup);
  for (const [index, step] of steps.entries()) {
    const devices = { port, triples: triples.slice(steps[index - 1] ?? 0, step) };
    await child.ask<number>(devices satisfies IdleDevices);
    const size = await settledMegabytes(service.pid);
    // Asked for nobody more, it tells who is still there.
    const connected = await child.ask<number>({ port, triples: [] } satisfies IdleDevices);
    assertRight(connected === step, `${connected} devices are connected, not ${step}`);
    bench.say(`  ${shown(step)} connected: ${shown(size)} MB`);
    megabytes.push(size);
  }
  await child.end();
  await service.stop();
  return [findingOf(megabytes)];
}

async function comeAndGo(bench: Bench, devices: IdleDevices): Promise<void> {
  const child = startChild(file, bench.cleanup);
  await child.ask<number>(devices);
  await child.end();
}

function findingOf(megabytes: readonly number[]): Finding {
  const [atFirst = Number.NaN] = megabytes;
  const atLast = megabytes.at(-1) ?? Number.NaN;
  const figure = ((atLast - atFirst) / most) * 1000;
  return {
    work: 'memory of 1,000 idle MQTT connections',
    floor: '-',
    ours: `${shown(figure)} MB (${megabytes.map(shown).join(', ')} MB with ${steps.join(', ')})`,
    figure,
    shown: '-',
    rounds: [
      Object.fromEntries(
        steps.map((step, index) => [`megabytesWith${step}`, megabytes[index] ?? Number.NaN]),
      ),
    ],
  };
}
