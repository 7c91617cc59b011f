import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { WebSocket } from 'ws';

/** Sizes of the pieces in which bytes arrive, used in turn. Units: bytes. */
export const cuts = fc.oneof(
  fc.constant([1]),
  fc.constant([100_000]),
  fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
);

/** Bytes of no plan, or a plausible beginning and then bytes of no plan. */
export const noise = fc
  .tuple(
    fc.constantFrom('', '10', '100c', '10ff7f', '108080', '102000044d51545404', '10200004'),
    fc.uint8Array({ maxLength: 200 }),
  )
  .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'hex'), rest]));

/** One change to a run of bytes. */
interface Edit {
  readonly at: number;
  readonly kind: 'flip' | 'insert' | 'remove' | 'repeat' | 'truncate';
  readonly value: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 400 }),
  kind: fc.constantFrom('flip', 'insert', 'remove', 'repeat', 'truncate'),
  value: fc.integer({ min: 1, max: 255 }),
});

/** Changes to a packet that was right. */
export const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

/** Makes changes to a copy. */
export function edited(bytes: Buffer, changes: readonly Edit[]): Buffer {
  return changes.reduce((before, change) => changed(before, change), bytes);
}

function changed(bytes: Buffer, { at, kind, value }: Edit): Buffer {
  const place = at % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  const [first = 0] = tail;
  switch (kind) {
    case 'flip':
      return Buffer.concat([head, Buffer.of(first ^ value), tail.subarray(1)]);
    case 'insert':
      return Buffer.concat([head, Buffer.alloc(value % 9, value), tail]);
    case 'remove':
      return Buffer.concat([head, tail.subarray(value % 9)]);
    case 'repeat':
      return Buffer.concat([head, tail, tail]);
    case 'truncate':
      return head;
  }
}

const text = fc.constantFrom(
  '',
  'a',
  'a\0b',
  'x\ny',
  '#',
  '+/+',
  '$SYS/#',
  '\u{1f600}',
  '/a/b/user/get',
);
const messageId = fc.integer({ min: 1, max: 3 });
const bare = (cmd: 'pingreq' | 'pingresp' | 'disconnect'): fc.Arbitrary<Packet> =>
  fc.constant({ cmd });
const acknowledgement = fc.record({
  cmd: fc.constantFrom('puback', 'pubrec', 'pubrel', 'pubcomp', 'unsuback'),
  messageId,
}) as fc.Arbitrary<Packet>;
const publish = fc.record({
  cmd: fc.constant('publish'),
  topic: fc.oneof(text, fc.constant('/x')).filter((topic) => topic !== ''),
  payload: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom(0, 1, 2),
  dup: fc.boolean(),
  retain: fc.boolean(),
  messageId,
}) as fc.Arbitrary<Packet>;
const subscribe = fc.record({
  cmd: fc.constant('subscribe'),
  messageId,
  subscriptions: fc.array(fc.record({ topic: text, qos: fc.constantFrom(0, 1, 2) }), {
    minLength: 1,
    maxLength: 3,
  }),
}) as fc.Arbitrary<Packet>;

/** A packet that is well-formed and may be out of place. */
export const strayPacket: fc.Arbitrary<Buffer> = fc
  .oneof(bare('pingreq'), bare('pingresp'), bare('disconnect'), acknowledgement, publish, subscribe)
  .map((packet) => generate(packet));

/** Takes bytes apart. */
export function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Tells of an answer, as hex, that it is all that was waited for. */
export type IsEnough = (hex: string) => boolean;

/** Sends pieces over TCP and answers what came back until it is enough, or the peer closed, as hex. */
export async function sendTcp(
  port: number,
  pieces: readonly Buffer[],
  isEnough?: IsEnough,
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = '';
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      received += chunk.toString('hex');
      if (isEnough?.(received)) socket.destroy();
    });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise(setImmediate);
  }
  if (!isEnough) socket.end();
  await closed;
  return received;
}

/**
 * Sends pieces over WebSocket, and answers as `sendTcp` does.
 *
 * Shape: every `perFrame` pieces are the fragments of one frame, so packets, frames and fragments
 * have different borders.
 */
export async function sendWs(
  url: string,
  pieces: readonly Buffer[],
  perFrame: number,
  isEnough?: IsEnough,
): Promise<string> {
  const client = new WebSocket(url, ['mqtt']);
  let received = '';
  const closed = new Promise((resolve) => client.once('close', resolve));
  client
    .on('error', () => undefined)
    .on('message', (data: Buffer) => {
      received += data.toString('hex');
      if (isEnough?.(received)) client.terminate();
    });
  await once(client, 'open');
  for (const [index, piece] of pieces.entries()) {
    const fin = index % perFrame === perFrame - 1 || index === pieces.length - 1;
    client.send(piece, { binary: true, fin });
    await new Promise(setImmediate);
  }
  if (!isEnough) client.close();
  await closed;
  return received;
}
