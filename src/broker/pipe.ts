import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { farewell } from './connack.js';
import type { MqttVersion } from './connack.js';
import { FirstAnswerReader } from './first-answer.js';
import type { FirstAnswer } from './first-answer.js';

/** Units: ms that a peer gets to take what was sent to it before its connection is cut. */
export interface PipeOptions {
  readonly version: MqttVersion;
  readonly graceMs: number;
  /** Hears what the broker said to the CONNECT, before the device does. */
  readonly onAnswer: (answer: FirstAnswer) => void;
}

/**
 * Connects a device with its broker: every byte as it is, both ways, each as fast as the other side
 * takes it. Resolves when both are closed.
 *
 * Shape: nothing was read from either. When one side ends, the other gets what is on its way to it
 * and is closed as well; a side that is destroyed takes the other with it.
 */
export async function pipeThrough(
  device: Duplex,
  broker: Socket,
  { version, graceMs, onAnswer }: PipeOptions,
): Promise<void> {
  const reader = new FirstAnswerReader(version);
  const look = (chunk: Buffer): void => {
    const answer = reader.read(chunk);
    if (answer === undefined) return;
    broker.off('data', look);
    onAnswer(answer);
  };
  // Before the pipe: what hears of the answer acts before the device reads it. The pipe pauses the
  // socket for both listeners.
  broker.on('data', look);
  device.pipe(broker);
  broker.pipe(device);
  await Promise.all([
    closing(device).then(() => farewell(broker, graceMs)),
    closing(broker).then(() => farewell(device, graceMs)),
  ]);
}

async function closing(stream: Duplex): Promise<void> {
  if (stream.closed) return;
  await new Promise<void>((resolve) => stream.once('close', resolve));
}
