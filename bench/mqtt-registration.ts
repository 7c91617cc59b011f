import type { Bench } from './bench.js';
import { startChild } from './child.js';
import type { Finding } from './finding.js';
import type { FloorSettings } from './floors/mqtt-registration.js';
import type { WaveResult } from './load/wave.js';
import { assertRegistered, naming, startRegistrar } from './registrar.js';
import type { Side } from './registrar.js';
import type { BenchServer } from './server.js';
import { fleetSize, sideBySide } from './side-by-side.js';
import { startLoad } from './waves.js';

const inFlight = 512;

/**
 * Measures MQTT registrations of fresh devices from connect to secret, floor and service in turn.
 *
 * Shape: plain TCP, a connection for each device. Errors: an answer that is not the triple asked
 * for; counters or history that do not fit.
 */
export async function benchMqttRegistration(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const size = bench.isQuick ? { rounds: 3, perRound: 4_000 } : { rounds: 7, perRound: 12_000 };
  const registrar = await startRegistrar(bench, server, 'bench_mqtt', fleetSize(size));
  const { database, service, product } = registrar;
  await database.query('VACUUM (ANALYZE)');
  const file = new URL('./floors/mqtt-registration.ts', import.meta.url);
  const settings: FloorSettings = { productKey: 'floorKey001', productSecret: 'floorSecret00001' };
  const floorPort = await startChild(file, bench.cleanup).ask<number>(settings);
  const load = startLoad(bench, database);
  const wave =
    ({ port, ...fleet }: Side) =>
    (from: number): Promise<WaveResult> =>
      load({
        port,
        inFlight,
        connections: 'fresh',
        wish: {
          kind: 'mqtt-registration',
          fleet: { ...fleet, ...naming, from, count: size.perRound },
        },
      });
  const finding = await sideBySide(bench, {
    work: `MQTT registrations, connect to secret, ${inFlight} in flight`,
    atLeast: 0.7,
    ...size,
    floor: wave({ port: floorPort, ...settings }),
    ours: wave({ port: service.ports.mqtt, ...product }),
  });
  await assertRegistered(registrar);
  await service.stop();
  return [finding];
}
