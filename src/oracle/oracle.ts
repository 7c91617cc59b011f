import { publicId } from '../core/public-id.js';
import type { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { DeviceStory } from './device-story.js';
import { readStories } from './stories.store.js';
import type { StoryRow } from './stories.store.js';
import {
  beginReading,
  claimsWithoutHistory,
  counters,
  countOrders,
  devicesWithoutHistory,
  unitsHeldTwice,
} from './state.store.js';
import type { CountedOrder } from './state.store.js';

/** A question that the oracle asked, and what speaks against it. Shape: `flaws` is cut off at `mostFlaws`. */
export interface Finding {
  readonly question: string;
  readonly flaws: readonly string[];
}

/** What the oracle found at one instant. */
export interface Verdict {
  readonly at: Date;
  readonly orders: number;
  readonly devices: number;
  readonly events: number;
  readonly findings: readonly Finding[];
}

/** Sentences that are told of one question. */
export const mostFlaws = 20;

/** Told how many entries of the history were read so far. */
export type OnProgress = (events: number) => void;

/**
 * Holds a database against the rules that may never break: rows against counters, rows against the
 * history, and the history against the edges of the life of a device.
 *
 * Shape: everything as of one instant (a snapshot), while the service goes on; changes nothing.
 */
export async function askOracle(database: Database, onProgress?: OnProgress): Promise<Verdict> {
  return await database.inTransaction(async (tx) => {
    const at = await beginReading(tx);
    const orders = await countOrders(tx);
    const { lives, comparisons, shown, events } = await readHistory(tx, onProgress);
    const findings: Finding[] = [
      { question: 'no triple was shown for two units, and every step was allowed', flaws: lives },
      {
        question: 'no unit holds two live triples',
        flaws: await unitsHeldTwice(tx, mostFlaws),
      },
      { question: 'no order gave out more than its quota', flaws: overQuota(orders, shown) },
      { question: 'the counters are exact', flaws: orders.flatMap(wrongCounters) },
      { question: 'devices and claims are as the history tells', flaws: comparisons },
      {
        question: 'nothing happened that the history does not tell',
        flaws: [
          ...(await claimsWithoutHistory(tx, mostFlaws)),
          ...(await devicesWithoutHistory(tx, mostFlaws)),
        ],
      },
    ];
    const devices = orders.reduce((sum, { counted }) => sum + counted.minted, 0);
    return { at, orders: orders.length, devices, events, findings };
  });
}

interface HistoryReading {
  readonly lives: string[];
  readonly comparisons: string[];
  /** How many triples of each order were shown. */
  readonly shown: ReadonlyMap<number, number>;
  readonly events: number;
}

async function readHistory(tx: Tx, onProgress?: OnProgress): Promise<HistoryReading> {
  const lives: string[] = [];
  const comparisons: string[] = [];
  const shown = new Map<number, number>();
  let events = 0;
  let row: StoryRow | undefined;
  let story = new DeviceStory();
  const endStory = (): void => {
    if (!row) return;
    const device = `${row.productKey} ${row.deviceName}`;
    keep(lives, story.flaws, device);
    keep(comparisons, story.compare(row.standing), device);
    if (story.isShown) shown.set(row.orderId, (shown.get(row.orderId) ?? 0) + 1);
  };
  for await (const next of readStories(tx)) {
    if (row && row.deviceId !== next.deviceId) {
      endStory();
      story = new DeviceStory();
    }
    row = next;
    story.tell(next);
    events += 1;
    if (events % 10_000 === 0) onProgress?.(events);
  }
  endStory();
  return { lives, comparisons, shown, events };
}

function keep(flaws: string[], more: readonly string[], device: string): void {
  for (const flaw of more) if (flaws.length < mostFlaws) flaws.push(`${device}: ${flaw}`);
}

function overQuota(
  orders: readonly CountedOrder[],
  shownByHistory: ReadonlyMap<number, number>,
): string[] {
  return orders
    .filter(({ hasTriples }) => hasTriples)
    .flatMap(({ orderId, quota, shown }) => {
      const told = shownByHistory.get(orderId) ?? 0;
      const id = publicId('ord', orderId);
      return [
        ...(told > quota ? [`${id}: ${told} were shown, its quota is ${quota}`] : []),
        ...(told === shown ? [] : [`${id}: counts ${shown} shown, the history tells of ${told}`]),
      ];
    });
}

/** Tokens count as activated where an order holds no triples, so only its rows are compared. */
function wrongCounters({ orderId, hasTriples, stored, counted }: CountedOrder): string[] {
  return counters
    .filter((name) => hasTriples || name !== 'activated')
    .filter((name) => stored[name] !== counted[name])
    .map(
      (name) =>
        `${publicId('ord', orderId)}: ${name} says ${stored[name]}, there are ${counted[name]}`,
    );
}
