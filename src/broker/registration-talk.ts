import type { Duplex } from 'node:stream';
import { generate, parser } from 'mqtt-packet';
import type { IConnectPacket, ISubscribePacket, Packet, Parser } from 'mqtt-packet';
import { acceptance, farewell } from './connack.js';
import type { MqttVersion } from './connack.js';
import { untilClosed } from './until-closed.js';

/** Units: ms; `publishAfterMs` 50 to 200, see `grantRegistration`. */
export interface TalkTiming {
  readonly publishAfterMs: number;
  readonly lingerMs: number;
  readonly graceMs: number;
}

/** What a device may say after its CONNECT before we stop listening. Units: bytes. */
const maxHeardBytes = 8192;

/**
 * Gives a device what it registered for: CONNACK, then the message it never subscribed to.
 *
 * Shape: two separate writes, QoS 0; the device leaves, or we do after `lingerMs`. The keep-alive
 * is not checked meanwhile. `signal` (a stop) cuts the lingering short, never the message.
 * Source: Alibaba MQTT dynamic registration: the platform closes after 15 s. In one write with the
 * CONNACK the Python SDK read the message 10 s late (3 of 6 runs, measured).
 */
export async function grantRegistration(
  stream: Duplex,
  connect: IConnectPacket,
  message: { readonly topic: string; readonly payload: string },
  timing: TalkTiming,
  signal: AbortSignal,
): Promise<void> {
  const version = connect.protocolVersion ?? 4;
  stream.write(acceptance(version));
  listen(stream, version);
  await untilClosed(stream, timing.publishAfterMs);
  if (!stream.writable) return;
  stream.write(
    generate(
      { cmd: 'publish', qos: 0, dup: false, retain: false, ...message },
      { protocolVersion: version },
    ),
  );
  await untilClosed(stream, timing.lingerMs, signal);
  await farewell(stream, timing.graceMs);
}

/** Answers what clients say by habit while they wait; anything else ends the connection. */
function listen(stream: Duplex, version: MqttVersion): void {
  let reader: Parser | undefined;
  let heardBytes = 0;
  const hangUp = (): void => {
    stream.destroy();
  };
  const makeReader = (): Parser => {
    const made = parser({ protocolVersion: version });
    made.on('error', hangUp);
    made.on('packet', (packet) => {
      if (packet.cmd === 'disconnect') stream.end();
      else if (packet.cmd !== 'puback') say(answerTo(packet, version));
    });
    return made;
  };
  const say = (answer: Buffer | undefined): void => {
    if (!answer) hangUp();
    else if (stream.writable) stream.write(answer);
  };
  stream.on('data', (chunk: Buffer) => {
    heardBytes += chunk.length;
    if (heardBytes > maxHeardBytes) hangUp();
    if (stream.destroyed) return;
    try {
      reader ??= makeReader(); // most devices say nothing, and a reader is dear
      reader.parse(chunk);
    } catch {
      hangUp(); // a length that points past the end of its packet
    }
  });
}

function answerTo(packet: Packet, version: MqttVersion): Buffer | undefined {
  const options = { protocolVersion: version };
  if (packet.cmd === 'pingreq') return generate({ cmd: 'pingresp' }, options);
  if (packet.cmd !== 'subscribe') return undefined;
  return generate(suback(packet), options);
}

/**
 * Grants whatever is asked: nothing but the one message ever comes, and clients that are refused a
 * topic (mosquitto_sub) leave before it.
 */
function suback({ messageId, subscriptions }: ISubscribePacket) {
  const granted = subscriptions.map(() => 0);
  return { cmd: 'suback', ...(messageId !== undefined && { messageId }), granted } as const;
}
