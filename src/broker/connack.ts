import type { Duplex } from 'node:stream';
import { generate } from 'mqtt-packet';
import { untilClosed } from './until-closed.js';

/** The version of MQTT a connection speaks: 3 is 3.1, 4 is 3.1.1. */
export type MqttVersion = 3 | 4 | 5;

/** Why a CONNECT is refused. Source: MQTT 3.1.1, 3.2.2.3. */
export type ReturnCode = 2 | 3 | 4 | 5;

/** Source: MQTT 5.0, 3.2.2.2, and what C Link SDK 4.1 makes of these codes. */
const reasonCodes: Readonly<Record<ReturnCode, number>> = { 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 };
const versionNotSupported = 0x84;
const unacceptableLevel = 1;

/** Writes CONNACK 0. Shape: remaining length 2 before MQTT 5 (old C SDKs count on it). */
export function acceptance(version: MqttVersion): Buffer {
  return connack(version, 0);
}

/** Writes the CONNACK of a refusal. */
export function refusal(version: MqttVersion, code: ReturnCode): Buffer {
  return connack(version, version === 5 ? reasonCodes[code] : code);
}

/** Writes the answer to a MQTT 5 login, which the embedded broker does not speak. */
export function versionRefusal(): Buffer {
  return connack(5, versionNotSupported);
}

/**
 * Writes the answer to a CONNECT of an unknown protocol level [MQTT-3.1.2-2].
 *
 * Shape: as of MQTT 3.1.1, whatever the level is.
 */
export function levelRefusal(): Buffer {
  return connack(4, unacceptableLevel);
}

function connack(version: MqttVersion, code: number): Buffer {
  const codes = version === 5 ? { reasonCode: code } : { returnCode: code };
  return generate(
    { cmd: 'connack', sessionPresent: false, ...codes },
    { protocolVersion: version },
  );
}

/**
 * Says a last word, if there is one, and closes the connection.
 *
 * Shape: the peer gets the time to read it; what it still sends is thrown away. Resolves when the
 * connection is closed. Units: ms until it is cut.
 */
export async function farewell(stream: Duplex, graceMs: number, word?: Buffer): Promise<void> {
  if (stream.destroyed) return; // a word to nobody would be an error, and errors are dear
  stream.resume();
  if (word) stream.end(word);
  else stream.end();
  await untilClosed(stream, graceMs);
  stream.destroy();
}
