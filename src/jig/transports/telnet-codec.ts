/** Bytes of telnet that begin or end something. Source: RFC 854. */
const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;

/** The verbs of option negotiation. Source: RFC 854. */
export const verbs = { WILL: 0xfb, WONT: 0xfc, DO: 0xfd, DONT: 0xfe } as const;
export type Verb = keyof typeof verbs;

/** What a telnet peer says. Shape: other commands (NOP, AYT, …) are dropped. */
export type TelnetEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'negotiation'; readonly verb: Verb; readonly option: number }
  | { readonly kind: 'subnegotiation'; readonly option: number; readonly payload: Uint8Array };

/** Where a decoder stands between two chunks. */
export interface TelnetState {
  readonly at: 'data' | 'iac' | 'sub' | 'sub_iac' | Verb;
  readonly sub: readonly number[];
}

/** A decoder that has read nothing yet. */
export const newTelnet: TelnetState = { at: 'data', sub: [] };

/** What a subnegotiation may have; RFC 2217 needs 5 bytes and a signature of the server's. Units: bytes. */
const maxSubBytes = 256;

const verbOf = new Map<number, Verb>(
  (Object.keys(verbs) as Verb[]).map((verb) => [verbs[verb], verb]),
);

/**
 * Reads a chunk of telnet.
 *
 * Shape: gives the same events for every chunking, but for data, which comes as it is cut. The
 * doubled 0xFF is one. A subnegotiation that is too long keeps its first bytes only.
 * Source: RFC 854, RFC 855.
 */
export function decodeTelnet(
  state: TelnetState,
  chunk: Uint8Array,
): { readonly state: TelnetState; readonly events: readonly TelnetEvent[] } {
  const events: TelnetEvent[] = [];
  let { at } = state;
  let sub = [...state.sub];
  let data: number[] = [];
  const flush = (): void => {
    if (data.length > 0) events.push({ kind: 'data', bytes: Uint8Array.from(data) });
    data = [];
  };
  for (const byte of chunk) {
    switch (at) {
      case 'data':
        if (byte === IAC) at = 'iac';
        else data.push(byte);
        break;
      case 'iac':
        if (byte === IAC) data.push(byte);
        if (byte === SB) sub = [];
        at = byte === SB ? 'sub' : (verbOf.get(byte) ?? 'data');
        break;
      case 'sub':
        if (byte === IAC) at = 'sub_iac';
        else if (sub.length < maxSubBytes) sub.push(byte);
        break;
      case 'sub_iac': {
        if (byte === IAC) {
          if (sub.length < maxSubBytes) sub.push(byte);
          at = 'sub';
          break;
        }
        // IAC SE ends it; any other command here is a fault, and ends it as well.
        const [option, ...payload] = sub;
        if (byte === SE && option !== undefined) {
          flush();
          events.push({ kind: 'subnegotiation', option, payload: Uint8Array.from(payload) });
        }
        at = 'data';
        break;
      }
      default:
        flush();
        events.push({ kind: 'negotiation', verb: at, option: byte });
        at = 'data';
    }
  }
  flush();
  return { state: { at, sub: at === 'sub' || at === 'sub_iac' ? sub : [] }, events };
}

/** Writes data for a telnet peer: 0xFF doubled. Source: RFC 854. */
export function encodeData(bytes: Uint8Array): Uint8Array {
  return bytes.includes(IAC)
    ? Uint8Array.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])))
    : bytes;
}

/** Writes one step of option negotiation. Source: RFC 854. */
export function encodeNegotiation(verb: Verb, option: number): Uint8Array {
  return Uint8Array.from([IAC, verbs[verb], option]);
}

/** Writes a subnegotiation. Source: RFC 855. */
export function encodeSubnegotiation(option: number, payload: readonly number[]): Uint8Array {
  const body = encodeData(Uint8Array.from([option, ...payload]));
  return Uint8Array.from([IAC, SB, ...body, IAC, SE]);
}
