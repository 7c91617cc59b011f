import { encodeNegotiation } from './telnet-codec.js';
import type { TelnetEvent, Verb } from './telnet-codec.js';

/** Options of telnet that a serial line over RFC 2217 works with. Source: RFC 856, 858, 2217. */
export const binaryOption = 0;
const suppressGoAheadOption = 3;
export const comPortOption = 44;

/** Options that we want on our side and on the server's. */
const wanted = [binaryOption, suppressGoAheadOption, comPortOption];
const wantedOfPeer = [binaryOption, suppressGoAheadOption];

/**
 * How each option stands; `asked` until it is answered. Shape: what is not there is off.
 */
export interface OptionStates {
  readonly ours: ReadonlyMap<number, 'asked' | 'on'>;
  readonly theirs: ReadonlyMap<number, 'asked' | 'on'>;
}

/** What we offer and ask first. Source: RFC 854, and RFC 2217 section 2 for the client's WILL. */
export function openOptions(): {
  readonly states: OptionStates;
  readonly bytes: readonly Uint8Array[];
} {
  const asked = (options: readonly number[]): ReadonlyMap<number, 'asked'> =>
    new Map(options.map((option) => [option, 'asked']));
  return {
    states: { ours: asked(wanted), theirs: asked(wantedOfPeer) },
    bytes: [
      ...wanted.map((option) => encodeNegotiation('WILL', option)),
      ...wantedOfPeer.map((option) => encodeNegotiation('DO', option)),
    ],
  };
}

/**
 * Takes one step of option negotiation.
 *
 * Shape: what only says what is agreed already gets no reply, so no two ends answer each other forever.
 * Source: RFC 1143.
 */
export function negotiate(
  states: OptionStates,
  { verb, option }: Extract<TelnetEvent, { kind: 'negotiation' }>,
): { readonly states: OptionStates; readonly reply?: Uint8Array } {
  const isOurs = verb === 'DO' || verb === 'DONT';
  const isOffer = verb === 'DO' || verb === 'WILL';
  const side = isOurs ? states.ours : states.theirs;
  const yes: Verb = isOurs ? 'WILL' : 'DO';
  const no: Verb = isOurs ? 'WONT' : 'DONT';
  const now = side.get(option);
  const isWanted = (isOurs ? wanted : [...wantedOfPeer, comPortOption]).includes(option);
  const next = new Map(side);
  if (isOffer && isWanted) next.set(option, 'on');
  else next.delete(option);
  const after = isOurs ? { ...states, ours: next } : { ...states, theirs: next };
  const reply = replyTo({ isOffer, isWanted, now, yes, no });
  return reply === undefined
    ? { states: after }
    : { states: after, reply: encodeNegotiation(reply, option) };
}

function replyTo(step: {
  readonly isOffer: boolean;
  readonly isWanted: boolean;
  readonly now: 'asked' | 'on' | undefined;
  readonly yes: Verb;
  readonly no: Verb;
}): Verb | undefined {
  if (!step.isOffer) return step.now === 'on' ? step.no : undefined;
  if (!step.isWanted) return step.no;
  return step.now === undefined ? step.yes : undefined;
}
