import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.js';
import { benchClaims } from './claims.js';
import { Cleanup, interruption } from './cleanup.js';
import { benchExport } from './export.js';
import { shown } from './figures.js';
import { isMet, tableOf } from './finding.js';
import type { Finding } from './finding.js';
import { benchHttpRegistration } from './http-registration.js';
import { benchIdle } from './idle.js';
import { benchJig } from './jig.js';
import { benchLogins } from './logins.js';
import { benchMinting } from './minting.js';
import { benchMqttRegistration } from './mqtt-registration.js';
import { awaitQuiet } from './quiet.js';
import { startServer } from './server.js';
import type { BenchServer } from './server.js';
import { benchStart } from './start.js';
import { benchTls } from './tls.js';

/** Every measurement by its name, in the order they run. */
const works = {
  start: benchStart,
  http: benchHttpRegistration,
  mqtt: benchMqttRegistration,
  tls: benchTls,
  logins: benchLogins,
  idle: benchIdle,
  minting: benchMinting,
  export: benchExport,
  claims: benchClaims,
  jig: benchJig,
} satisfies Record<string, (bench: Bench, server: BenchServer) => Promise<Finding[]>>;
type Work = keyof typeof works;
const names = Object.keys(works).filter(isWork);

const usage = `npm run bench -- [${names.join('|')}]... [--quick | --long] [--json <file>]`;

interface Options {
  readonly isQuick: boolean;
  readonly isLong: boolean;
  readonly chosen: readonly Work[];
  readonly json: string | undefined;
}

process.exit(await main());

/** Shape: 0 if everything worked, targets missed or not; 1 if something was wrong; 2 for bad options. */
async function main(): Promise<number> {
  const options = readOptions();
  if (!options) {
    console.error(usage);
    return 2;
  }
  const cleanup = new Cleanup();
  const say = (line: string): void => {
    console.log(line);
  };
  try {
    const { isQuick, isLong } = options;
    await Promise.race([run({ cleanup, isQuick, isLong, say }, options), interruption()]);
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  } finally {
    await cleanup.run(console.error);
  }
}

function readOptions(): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        long: { type: 'boolean', default: false },
        json: { type: 'string' },
      },
    });
    if (!positionals.every(isWork)) return undefined;
    const isAll = positionals.length === 0;
    const chosen = names.filter((name) => isAll || positionals.includes(name));
    return { isQuick: values.quick, isLong: values.long, chosen, json: values.json };
  } catch {
    return undefined;
  }
}

function isWork(text: string): text is Work {
  return Object.hasOwn(works, text);
}

async function run(bench: Bench, { chosen, json }: Options): Promise<void> {
  const idleBefore = await awaitQuiet();
  const server = await startServer(bench.cleanup);
  const machine = {
    cores: cpus().length,
    model: cpus()[0]?.model ?? '',
    node: process.version,
    postgres: server.version,
    idleBefore,
    isQuick: bench.isQuick,
    at: new Date().toISOString(),
  };
  bench.say(
    `${machine.cores} cores (${machine.model}), Node ${machine.node}, PostgreSQL ${machine.postgres}, ` +
      `fsync and synchronous_commit on; ${shown(idleBefore * 100)} % idle before`,
  );
  if (idleBefore < 0.8) {
    bench.say(
      'Others are working on this machine: do not quote these figures (docs/benchmarks.md).',
    );
  }
  const findings: Finding[] = [];
  for (const work of chosen) {
    bench.say(`${work}:`);
    findings.push(...(await works[work](bench, server)));
  }
  bench.say(`\n${tableOf(findings)}`);
  if (json !== undefined) {
    const report = findings.map((finding) => ({ ...finding, isMet: isMet(finding) }));
    await writeFile(json, `${JSON.stringify({ machine, findings: report }, null, 2)}\n`);
  }
}
