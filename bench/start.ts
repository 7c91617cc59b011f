import type { Bench } from './bench.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import { awaitQuiet } from './quiet.js';
import { makeFolder } from './server.js';
import { startService } from './service.js';

/** Measures the start of the service with its embedded database, first and later ones. */
export async function benchStart(bench: Bench): Promise<Finding[]> {
  const later = bench.isQuick ? 3 : 5;
  const dataDir = await makeFolder(bench.cleanup);
  const seconds: number[] = [];
  for (let start = 0; start <= later; start += 1) {
    await awaitQuiet();
    const service = await startService(bench.cleanup, { DATA_DIR: dataDir });
    await service.stop();
    seconds.push(service.readyAfterMs / 1000);
    bench.say(
      `  start ${start || 'on an empty directory'}: ${shown(service.readyAfterMs / 1000)} s`,
    );
  }
  const [first = Number.NaN, ...others] = seconds;
  const figure = median(others);
  const finding: Finding = {
    work: 'start to ready, existing data directory',
    floor: '-',
    ours: `${shown(figure)} s (the very first ${shown(first)} s)`,
    figure,
    shown: `${shown(figure)} s`,
    target: { atMost: 3 },
    rounds: others.map((other) => ({ firstSeconds: first, seconds: other })),
  };
  return [finding];
}
