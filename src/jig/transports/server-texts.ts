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
