import type { Bench } from './bench.js';
import { median, shown } from './figures.js';
import type { Finding } from './finding.js';
import { bootMs, closeJig, openLine, openWire, startRunner } from './jig-line.js';
import type { Cycle, Line, RunnerKind, WireKind } from './jig-line.js';
import { processorSeconds, residentMegabytes } from './process.js';
import { awaitQuiet } from './quiet.js';
import type { BenchServer } from './server.js';

const slots = 16;
/** Slots whose cost to the process of the jig is reported. */
const manySlots = 64;
const bitsPerByte = 10;
/** Units: ms between two looks at the memory. */
const lookMs = 50;

/** How a jig is measured. */
interface Contest {
  readonly wire: WireKind;
  readonly baudRate: number;
  readonly runner: RunnerKind;
}

/** Measures the cycle of a jig against what one slot puts on its wire, and what 64 slots cost. */
export async function benchJig(bench: Bench, server: BenchServer): Promise<Finding[]> {
  const line = await openLine(bench, server);
  const findings: Finding[] = [];
  for (const baudRate of [9_600, 115_200]) {
    for (const wire of ['TCP', 'ptys'] as const) {
      const ports = await openWire(line, wire, { slots, baudRate, bootMs });
      if (!ports) {
        bench.say('  ptys left out: there is no socat');
        continue;
      }
      for (const runner of ['POST /runs', 'agent'] as const) {
        findings.push(await measure(line, { wire, baudRate, runner }, ports.ports));
      }
      await ports.end();
    }
  }
  findings.push(await costOfMany(line));
  await line.service.stop();
  return findings;
}

async function measure(line: Line, contest: Contest, ports: readonly string[]): Promise<Finding> {
  const { bench } = line;
  const { wire, baudRate } = contest;
  const rounds = bench.isQuick ? 2 : 7;
  const runner = await startRunner(line, contest.runner, ports);
  const cycles: Cycle[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await awaitQuiet();
    const cycle = await closeJig(line, runner, ports.length);
    if (round > 0) cycles.push(cycle);
  }
  await runner.end();
  const work = `jig of ${slots} at ${baudRate} baud over ${wire}, ${contest.runner}`;
  const finding = findingOf(work, baudRate, cycles);
  bench.say(`  ${work}: ${finding.ours}, the wire ${finding.floor}`);
  return finding;
}

function findingOf(work: string, baudRate: number, cycles: readonly Cycle[]): Finding {
  const wireMs = ({ bytes }: Cycle): number => (bytes * bitsPerByte * 1000) / baudRate;
  const figure = median(cycles.map((cycle) => cycle.ms / wireMs(cycle)));
  const bytes = median(cycles.map((cycle) => cycle.bytes));
  return {
    work,
    floor: `${shown(median(cycles.map(wireMs)))} ms (${shown(bytes)} bytes)`,
    ours: `${shown(median(cycles.map(({ ms }) => ms)))} ms`,
    figure,
    shown: `${shown(figure)} x`,
    ...(baudRate === 9_600 ? { target: { atMost: 1.15 } } : {}),
    rounds: cycles.map((cycle) => ({ ...cycle, wireMs: wireMs(cycle) })),
  };
}

/** What 64 slots at once cost the service: processor time and memory, its database left out. */
async function costOfMany(line: Line): Promise<Finding> {
  const wish = { slots: manySlots, baudRate: 9_600, bootMs };
  const { ports = [] } = (await openWire(line, 'TCP', wish)) ?? {};
  const runner = await startRunner(line, 'POST /runs', ports);
  await closeJig(line, runner, manySlots);
  await awaitQuiet();
  const before = await residentMegabytes(runner.pid);
  const usedBefore = await processorSeconds(runner.pid);
  let most = before;
  const watch = setInterval(() => {
    void residentMegabytes(runner.pid).then((size) => (most = Math.max(most, size)));
  }, lookMs);
  const cycle = await closeJig(line, runner, manySlots);
  clearInterval(watch);
  const seconds = (await processorSeconds(runner.pid)) - usedBefore;
  const wireMs = (cycle.bytes * bitsPerByte * 1000) / wish.baudRate;
  const ours =
    `${shown(seconds)} s of one core, ${shown(most)} MB (${shown(most - before)} MB more), ` +
    `${shown(cycle.ms)} ms`;
  line.bench.say(`  ${manySlots} slots: ${ours}`);
  return {
    work: `jig of ${manySlots} at 9600 baud over TCP: processor and memory of the service`,
    floor: `${shown(wireMs)} ms`,
    ours,
    figure: seconds,
    shown: `${shown(cycle.ms / wireMs)} x`,
    rounds: [{ seconds, megabytes: most, moreMegabytes: most - before, ms: cycle.ms, wireMs }],
  };
}
