import { promisify } from 'node:util';
import { Aedes } from 'aedes';
import { expect, it, onTestFinished } from 'vitest';
import { BoundedSessions } from '../../src/broker/session-limits.js';
import type { SessionMemory } from '../../src/broker/session-limits.js';

const packet = { cmd: 'publish', topic: 't', payload: 'x', qos: 1 } as const;

/** The memory of a real broker. */
async function memory() {
  const aedes = await Aedes.createBroker();
  onTestFinished(() => promisify(aedes.close.bind(aedes))());
  type Memory = SessionMemory & {
    subscriptionsByClient(client: { id: string }): Promise<readonly { topic: string }[]>;
    outgoingUpdate(client: { id: string }, packet: object): Promise<void>;
    outgoingStream(client: { id: string }): AsyncIterable<unknown>;
  };
  return (aedes as Aedes & { persistence: Memory }).persistence;
}

it('a session keeps so many messages, and one more for each that is acknowledged', async () => {
  const kept = await memory();
  new BoundedSessions({ maxSessions: 9, maxMessages: 3 }).bound(kept, () => true);
  const subs = [{ clientId: 'a' }];
  const waiting = async (id: string) => {
    let count = 0;
    for await (const one of kept.outgoingStream({ id })) count += Number(one !== undefined);
    return count;
  };
  const send = async (brokerCounter: number, to = subs) => {
    await kept.outgoingEnqueueCombi(to, { ...packet, brokerId: 'b', brokerCounter });
  };
  for (let counter = 1; counter <= 5; counter += 1) await send(counter);
  expect(await waiting('a')).toBe(3);
  const first = { ...packet, brokerId: 'b', brokerCounter: 1, messageId: 7 };
  await kept.outgoingUpdate({ id: 'a' }, first);
  await kept.outgoingClearMessageId({ id: 'a' }, first);
  await kept.outgoingClearMessageId({ id: 'a' }, first); // a second PUBACK frees nothing
  for (let counter = 6; counter <= 9; counter += 1) await send(counter);
  expect(await waiting('a')).toBe(3);
  await send(10, [{ clientId: 'a' }, { clientId: 'b' }]);
  expect([await waiting('a'), await waiting('b')]).toEqual([3, 1]);
});

it('so many devices keep a session, until one asks for a clean one', () => {
  const sessions = new BoundedSessions({ maxSessions: 2, maxMessages: 1 });
  expect(['a', 'b', 'c', 'a'].map((id) => sessions.mayKeep(id))).toEqual([true, true, false, true]);
  sessions.forget('b');
  expect(['c', 'b'].map((id) => sessions.mayKeep(id))).toEqual([true, false]);
});

it('a message to one session counts as well', async () => {
  const kept = await memory();
  const sessions = new BoundedSessions({ maxSessions: 9, maxMessages: 2 });
  sessions.bound(kept, () => true);
  for (const brokerCounter of [1, 2]) {
    expect(sessions.isFull('a')).toBe(false);
    await kept.outgoingEnqueue({ clientId: 'a' }, { ...packet, brokerId: 'b', brokerCounter });
  }
  expect(sessions.isFull('a')).toBe(true);
  const first = { ...packet, brokerId: 'b', brokerCounter: 1, messageId: 7 };
  await kept.outgoingUpdate({ id: 'a' }, first);
  await kept.outgoingClearMessageId({ id: 'a' }, first);
  expect(sessions.isFull('a')).toBe(false);
});

it('filters that were refused are not kept with those that were granted', async () => {
  const kept = await memory();
  new BoundedSessions().bound(kept, (client, filter) => client.id === 'a' && filter === 'mine');
  const wishes = ['mine', 'other'].map((topic) => ({ topic, qos: 1 }));
  await kept.addSubscriptions({ id: 'a' }, wishes);
  const held = await kept.subscriptionsByClient({ id: 'a' });
  expect(held.map(({ topic }) => topic)).toEqual(['mine']);
});
