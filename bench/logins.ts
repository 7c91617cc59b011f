import { assertRight } from './bench.js';
import type { Bench } from './bench.js';
import type { Finding } from './finding.js';
import type { Wave } from './load/wave.js';
import { exportedTriples, startRegistrar } from './registrar.js';
import { report } from './reported.js';
import type { BenchDatabase, BenchServer } from './server.js';
import { startLoad } from './waves.js';

const inFlight = 64;

/** Measures logins at the embedded broker, each over a connection of its own: first ones, repeats. */
export async function benchLogins(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const rounds = bench.isQuick ? 2 : 4;
  const perRound = bench.isQuick ? 2_000 : 6_000;
  const total = rounds * perRound;
  const registrar = await startRegistrar(bench, server, 'bench_logins', total);
  const { database, service } = registrar;
  await database.query('VACUUM (ANALYZE)');
  const triples = await exportedTriples(registrar);
  const waves = Array.from({ length: rounds }, (_, round): Wave => {
    const from = round * perRound;
    const wish = { kind: 'login', triples: triples.slice(from, from + perRound) } as const;
    return { port: service.ports.mqtt, inFlight, connections: 'fresh', wish };
  });
  const findings = await report(bench, startLoad(bench, database), [
    { work: `MQTT logins, the first of each device, ${inFlight} in flight`, waves },
    { work: `MQTT logins, repeated, ${inFlight} in flight`, waves },
  ]);
  await assertActivated(database, total);
  await service.stop();
  return findings;
}

async function assertActivated(database: BenchDatabase, total: number): Promise<void> {
  const [told] = await database.query<{ active: number; events: number }>(
    `SELECT (SELECT count(*)::integer FROM device WHERE activated_at IS NOT NULL) AS active,
       (SELECT count(*)::integer FROM audit_event WHERE action = 'device.activated') AS events`,
  );
  const { active = 0, events = 0 } = told ?? {};
  assertRight(active === total && events === total, `${active} active, ${events} in the history`);
}
