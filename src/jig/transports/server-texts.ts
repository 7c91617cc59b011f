import { connectSocket } from './socket.js';
import type { ServerAddress } from './socket.js';
import { decodeTelnet, newTelnet } from './telnet-codec.js';
import type { PortEnd } from './transport.js';

/** Texts that ser2net puts into the byte stream before it hangs up. Source: ser2net 4.3.11, tried. */
const serverTexts = [
  {
    text: 'Port already in use',
    reason: 'port_busy',
    advice: 'close what else uses the port, or set kickolduser in ser2net',
  },
  {
    text: 'Device open failure',
    reason: 'port_device_missing',
    advice: 'check the cable, the power and the connector line of ser2net',
  },
] as const;
const sniffedBytes = 128;
const lookMs = 1_000;

/**
 * Makes the watch over the first bytes of a connection, which alone can be the server's own: given the
 * bytes as they come it gives the end of the port as soon as they are a text of the server.
 */
export function watchServerTexts(): (bytes: Uint8Array) => PortEnd | undefined {
  let head = '';
  return (bytes) => {
    if (head.length >= sniffedBytes) {
      return undefined;
    }
    head = (head + Buffer.from(bytes).toString('latin1')).slice(0, sniffedBytes);
    const found = serverTexts.find(({ text }) => head.trimStart().startsWith(text));
    return found === undefined
      ? undefined
      : {
          reason: found.reason,
          detail: `the serial server says "${found.text}": ${found.advice}`,
        };
  };
}

/**
 * Asks a telnet server that hung up for its text, by a connection on which nothing is said: what is
 * written to a socket that the server closes at once can cost the text that it sent before.
 *
 * Units: milliseconds.
 * Shape: undefined when it has no text within a second.
 */
export async function serverTextOf(
  address: ServerAddress,
  connectMs: number,
): Promise<PortEnd | undefined> {
  const watch = watchServerTexts();
  let telnet = newTelnet;
  try {
    const socket = await connectSocket(address, connectMs);
    socket.setTimeout(lookMs, () => {
      socket.destroy();
    });
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      const { state, events } = decodeTelnet(telnet, chunk);
      telnet = state;
      for (const event of events) {
        const end = event.kind === 'data' ? watch(event.bytes) : undefined;
        if (end !== undefined) {
          return end;
        }
      }
    }
  } catch {
    // The server is what it was before: gone, without a word.
  }
  return undefined;
}
