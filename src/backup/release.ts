import { readFile } from 'node:fs/promises';
import { AuditStore } from '../audit/audit.store.js';
import { commandLineActor } from '../audit/audit-event.js';
import { onSite } from '../commands/local.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { mapConstraint } from '../platform/database/pg-errors.js';
import type { Tx } from '../platform/database/transaction.js';
import { sendSignal } from '../platform/signals/signals.js';
import { heldOrders, issueNamed, release, unknownNames } from './hold.store.js';
import type { HeldOrder } from './hold.store.js';

/** What the command line asks for; neither orders nor all: only show them. */
export interface ReleaseRequest {
  readonly orders: readonly string[];
  readonly isAll: boolean;
  readonly givenFile: string | undefined;
}

/** Shows the orders that a restore holds, or lets them give out triples again. */
export async function releaseOrders({ orders, isAll, givenFile }: ReleaseRequest): Promise<void> {
  await onSite(async ({ database }) => {
    const names = givenFile === undefined ? [] : await readNames(givenFile);
    const held = await heldOrders(database.single);
    const wanted = isAll ? held : orders.map((text) => find(held, text));
    for (const order of wanted) {
      const given = await database.inTransaction((tx) => releaseOne(tx, order, names));
      const besides = givenFile === undefined ? '' : `, ${given} devices are taken for given out`;
      tell(`${publicId('ord', order.id)}: released${besides}.`);
    }
    if (wanted.length === 0) for (const line of heldLines(held)) tell(line);
    return true;
  });
}

async function releaseOne(tx: Tx, order: HeldOrder, names: readonly string[]): Promise<number> {
  const unknown = await unknownNames(tx, order, names);
  if (unknown.length > 0) {
    const detail = `${publicId('ord', order.id)} has no ${unknown.join(', ')}. Nothing was released.`;
    throw new DomainError('device.not_found', detail);
  }
  const given = names.length === 0 ? 0 : await issue(tx, order, names);
  if (!(await release(tx, order.id))) throw notHeld(publicId('ord', order.id));
  const { id: orderId, productKey } = order;
  const about = { actor: commandLineActor, productKey, orderId, detail: { given } };
  await new AuditStore().record(tx, { action: 'order.released', ...about });
  // Refusals of its devices may be remembered somewhere.
  await sendSignal(tx, 'device', productKey);
  return given;
}

async function issue(tx: Tx, order: HeldOrder, names: readonly string[]): Promise<number> {
  return await issueNamed(tx, order, names, commandLineActor.label).catch((error: unknown) => {
    throw mapConstraint(error, {
      order_count_shown_check: (cause) => {
        const detail = `The quota of ${publicId('ord', order.id)} does not hold these devices.`;
        return new DomainError('order.quota_used_up', detail, {}, { cause });
      },
    });
  });
}

function find(held: readonly HeldOrder[], text: string): HeldOrder {
  const order = held.find(({ id }) => publicId('ord', id) === text);
  if (!order) throw notHeld(text);
  return order;
}

function notHeld(order: string): DomainError {
  return new DomainError('order.not_held', `No restore holds ${order}.`);
}

function heldLines(held: readonly HeldOrder[]): string[] {
  if (held.length === 0) return ['No order is held.'];
  return held.map(({ id, productKey, heldAt, free, note }) => {
    const besides = note === null ? '' : `  ${note}`;
    const since = heldAt.toISOString();
    return `${publicId('ord', id)}  ${productKey}  held since ${since}  ${free} free${besides}`;
  });
}

async function readNames(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DomainError('backup.unreadable', `${path} cannot be read.`, {}, { cause });
  });
  const names = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
