import { readFile } from 'node:fs/promises';
import type { Bench } from './bench.js';
import type { Finding } from './finding.js';
import type { Wave } from './load/wave.js';
import { assertRegistered, naming, startRegistrar } from './registrar.js';
import { report } from './reported.js';
import type { BenchServer } from './server.js';
import { startLoad } from './waves.js';

const inFlight = 64;

/** Measures registrations over TLS, with the handshake that the C SDKs do. */
export async function benchTls(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const rounds = bench.isQuick ? 2 : 4;
  const fresh = bench.isQuick ? 500 : 2_000;
  const kept = bench.isQuick ? 2_000 : 12_000;
  const total = rounds * (kept + 2 * fresh);
  const registrar = await startRegistrar(bench, server, 'bench_tls', total);
  const { database, service, product } = registrar;
  await database.query('VACUUM (ANALYZE)');
  const ca = await readFile(service.caPath, 'utf8');
  let next = 1;
  const waves = (
    kind: 'http-registration' | 'mqtt-registration',
    count: number,
    how: Pick<Wave, 'port' | 'connections'>,
  ): Wave[] =>
    Array.from({ length: rounds }, () => {
      const from = next;
      next += count;
      return {
        ...how,
        inFlight,
        ca,
        wish: { kind, fleet: { ...product, ...naming, from, count } },
      };
    });
  const { tls: port, mqtts } = service.ports;
  const findings = await report(bench, startLoad(bench, database), [
    {
      work: `HTTPS registrations, keep-alive, ${inFlight} in flight`,
      waves: waves('http-registration', kept, { port, connections: 'kept' }),
    },
    {
      work: `HTTPS registrations, a handshake each, ${inFlight} in flight`,
      waves: waves('http-registration', fresh, { port, connections: 'fresh' }),
    },
    {
      work: `MQTT registrations over TLS, a handshake each, ${inFlight} in flight`,
      waves: waves('mqtt-registration', fresh, { port: mqtts, connections: 'fresh' }),
    },
  ]);
  await assertRegistered(registrar);
  await service.stop();
  return findings;
}
