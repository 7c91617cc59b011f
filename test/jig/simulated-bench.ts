import { findDialect } from '../../src/at/find-dialect.js';
import type { Dialect } from '../../src/at/dialect.js';
import type { Transport } from '../../src/jig/transports/transport.js';
import { runSlot } from '../../src/jig/slot-runner.js';
import type { SlotRunnerOptions } from '../../src/jig/slot-options.js';
import type { SlotResult } from '../../src/jig/slot-result.js';
import type { ChanceRates } from '../../src/simulator/chances.js';
import { noChances } from '../../src/simulator/chances.js';
import type { Family } from '../../src/simulator/context.js';
import type { FaultName } from '../../src/simulator/faults.js';
import { makeUnit } from '../../src/simulator/make-unit.js';
import type { SimulatedUnit } from '../../src/simulator/simulated-unit.js';
import { seededBytes } from '../../src/simulator/seeded-bytes.js';
import type { ClaimDesk } from './claim-desk.js';
import { VirtualTime } from './virtual-time.js';

/** What a bench plays. */
export interface BenchOptions {
  readonly family: Family;
  readonly desk: ClaimDesk;
  readonly faults?: readonly FaultName[];
  readonly chances?: Partial<ChanceRates>;
  readonly seed?: number;
  /** Whether the port names no rate, so that the jig may set one; else it has that of the family. */
  readonly hasOpenRate?: boolean;
  /** What happens to the bytes on their way, and to the unit meanwhile. */
  readonly trouble?: (unit: SimulatedUnit, time: VirtualTime) => Trouble;
  /** Changes to what the slot is run with. */
  readonly slot?: Partial<SlotRunnerOptions>;
  readonly rates?: Rates;
  /** How long the unit boots; then it does so when the run begins. Units: milliseconds. */
  readonly bootMs?: number;
}

/**
 * The rates of a unit, where the port names none; what is sent at another one is lost, or arrives as
 * garbage. Units: baud.
 */
interface Rates {
  readonly first: number;
  readonly afterRestart?: number;
  readonly isGarbled?: boolean;
}

/** Bytes go in, and what arrives of them comes out. */
export type Trouble = (bytes: Buffer, to: 'jig' | 'unit') => Buffer;

/**
 * What a test looks at after the run.
 *
 * Shape: `traffic` is every byte, `<` from the unit, `>` to it; `wireMs` is how long they were on the
 * wire.
 */
export interface BenchRun {
  readonly result: SlotResult;
  readonly unit: SimulatedUnit;
  readonly dialect: Dialect;
  readonly traffic: string;
  readonly wireMs: number;
}

/** How long a unit of this bench is deaf when it starts. Units: milliseconds. */
export const bootMs = 2_500;

/** Units: milliseconds a byte, at 115,200 baud. */
const byteMs = 10_000 / 115_200;

/**
 * Runs the jig on one simulated unit, in this process and in virtual time: the time-outs of the
 * dialect are the documented ones and cost nothing. Bytes come in pieces of 1-8.
 */
export async function runSimulated(options: BenchOptions): Promise<BenchRun> {
  const { family, desk, seed = 1 } = options;
  const time = new VirtualTime(() => /ing$/.test(unit.link.state));
  const traffic: string[] = [];
  let wireMs = 0;
  const line = new Line(time, seed);
  const dialect = findDialect(family.dialect);
  const { rates } = options;
  let portRate: number | undefined;
  const spoil: Trouble = (bytes) => {
    const { afterRestart = rates?.first } = rates ?? {};
    const isRight = portRate === (unit.counts.restarts > 0 ? afterRestart : rates?.first);
    if (rates === undefined || isRight) {
      return bytes;
    }
    return rates.isGarbled === true
      ? Buffer.from(bytes.map((byte) => byte | 0x80))
      : Buffer.alloc(0);
  };
  const plan = {
    family,
    faults: new Set(options.faults),
    chances: { ...noChances, ...options.chances },
    isVolatile: false,
    bootMs: options.bootMs ?? bootMs,
  };
  const unit = makeUnit(
    plan,
    { seed, slot: 1, board: 0 },
    {
      send: (bytes) => {
        traffic.push(`< ${bytes.toString('latin1')}`);
        wireMs += bytes.length * byteMs;
        line.send(trouble(bytes, 'jig'));
      },
      later: (ms, action) => time.start(ms, action),
      nowMs: () => Date.UTC(2026, 10, 23) + time.now(),
      note: () => undefined,
      baudRate: () => (options.hasOpenRate === true ? portRate : undefined),
    },
  );
  const trouble = options.trouble?.(unit, time) ?? spoil;
  let freeAtMs = 0;
  const transport: Transport = {
    write: (bytes) => {
      traffic.push(`> ${Buffer.from(bytes).toString('latin1')}`);
      wireMs += bytes.length * byteMs;
      // One byte after the other: a command does not overtake the one before it.
      freeAtMs = Math.max(freeAtMs, time.now()) + bytes.length * byteMs;
      time.start(freeAtMs - time.now(), () => {
        unit.receive(trouble(Buffer.from(bytes), 'unit'));
      });
    },
    onData: (listener) => {
      line.listener = listener;
    },
    onClose: () => undefined,
    close: () => undefined,
    ...((options.hasOpenRate === true || rates !== undefined) && {
      setBaudRate: (baudRate: number) => {
        portRate = baudRate;
        return Promise.resolve();
      },
    }),
  };
  if (options.bootMs !== undefined) {
    unit.boot();
  }
  const result = await time.until(
    runSlot({
      slot: 1,
      port: 'in this process',
      dialect,
      orderId: 'ord_1',
      claims: desk,
      timers: time,
      connect: (_, { baudRate }) => {
        portRate = baudRate;
        return Promise.resolve(transport);
      },
      ...options.slot,
    }),
  );
  return { result, unit, dialect, traffic: traffic.join('\n'), wireMs };
}

/** The way from the unit to the jig: in order, at the pace of the wire, in pieces of 1-8 bytes. */
class Line {
  listener: (bytes: Uint8Array) => void = () => undefined;
  private freeAtMs = 0;
  private readonly waiting: { readonly piece: Buffer; readonly atMs: number }[] = [];
  private readonly sizes: Generator<number, never, undefined>;

  constructor(
    private readonly time: VirtualTime,
    seed: number,
  ) {
    this.sizes = seededBytes(`pieces:${seed}`);
  }

  send(bytes: Buffer): void {
    const isIdle = this.waiting.length === 0;
    for (let rest = bytes; rest.length > 0;) {
      const piece = rest.subarray(0, 1 + (this.sizes.next().value % 8));
      rest = rest.subarray(piece.length);
      this.freeAtMs = Math.max(this.freeAtMs, this.time.now()) + piece.length * byteMs;
      this.waiting.push({ piece, atMs: this.freeAtMs });
    }
    if (isIdle) {
      this.awaitFirst();
    }
  }

  /** One timer at a time: a long line is hundreds of pieces. */
  private awaitFirst(): void {
    const [first] = this.waiting;
    if (first !== undefined) {
      this.time.start(first.atMs - this.time.now(), () => {
        this.listener(first.piece);
        this.waiting.shift();
        this.awaitFirst();
      });
    }
  }
}
