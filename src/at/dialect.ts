import type { ExtraFinals } from './final-result.js';
import type { CommandTemplate } from './render.js';

/**
 * A pattern for a whole line and which of its named groups are secrets.
 *
 * Shape: `pattern` is the text of a RegExp and is matched from the first to the last character.
 */
export interface Capture {
  readonly pattern: string;
  readonly secrets?: readonly string[];
}

/** A command that asks for one value of the unit; the value is the named group `value`. */
export interface IdentityQuery {
  readonly command: string;
  readonly capture: Capture;
}

/** What a unit can be asked about itself; alternatives of one value are tried in order. */
export interface IdentityQueries {
  readonly imei: readonly IdentityQuery[];
  readonly sn: readonly IdentityQuery[];
  readonly iccid: readonly IdentityQuery[];
  readonly firmware: readonly IdentityQuery[];
}

/**
 * How the written triple is read back.
 *
 * Shape: a pattern has the groups productKey, deviceName, deviceSecret; a line may fit several (order
 * and quotes vary) and is right if one of its readings is. A reading without the groups is wrong, one
 * with empty groups means "nothing stored", as do OK without a line and the `emptyErrors`, codes of
 * `+CME ERROR`.
 * `mode`: `clear` the secret itself, `fingerprint` its SHA-256 in hex, `masked` or `none` no proof.
 */
export interface ReadBack {
  readonly command: CommandTemplate;
  readonly captures: readonly Capture[];
  readonly emptyErrors: readonly string[];
  readonly mode: 'clear' | 'fingerprint' | 'masked' | 'none';
}

/**
 * How the module is restarted and how it shows that it is back.
 *
 * Shape: `hasFinal` false where the module resets without answering.
 * Units: milliseconds; `bannerMs` is how long to wait for the banner before asking with `AT`.
 */
export interface Restart {
  readonly command: string;
  readonly hasFinal: boolean;
  readonly bannerMs: number;
  readonly pollTries: number;
  readonly pollMs: number;
}

/** A command whose outcome is told by a URC, which may come before the OK. */
export interface UrcCommand {
  readonly command: CommandTemplate;
  readonly success: Capture;
  readonly failure: Capture;
  readonly timeoutMs: number;
}

/**
 * How the module itself fetches its triple over MQTT (one type, one secret).
 *
 * Shape: `prepare` may be refused; `received` has the secret group `payload`; `linkLost` ends the wait.
 */
export interface Network {
  readonly prepare: readonly CommandTemplate[];
  readonly open: UrcCommand;
  readonly connect: UrcCommand;
  readonly received: Capture;
  readonly receivedMs: number;
  readonly linkLost: Capture;
  readonly close: readonly UrcCommand[];
}

/**
 * The AT command set of a module family, as data.
 *
 * Shape: `confidence` is that of the weakest fact in it; `banners` are whole-line patterns that mean
 * "the module has just started"; `urcHeads` begin lines that may come at any time; `secretHeads`
 * begin lines that may hold a secret in any step; `errors` names the codes of `+CME ERROR`.
 * Units: milliseconds, bytes, baud.
 */
export interface Dialect {
  readonly id: string;
  readonly source: string;
  readonly confidence: 'documented' | 'observed' | 'inferred';
  readonly match: readonly IdentityQuery[];
  readonly uart: { readonly baudRates: readonly number[]; readonly hasAutobaud: boolean };
  readonly sync: { readonly command: string; readonly tries: number; readonly tryMs: number };
  readonly prologue: readonly string[];
  readonly identity: IdentityQueries;
  readonly write: readonly CommandTemplate[];
  readonly readBack: ReadBack;
  readonly restart: Restart;
  readonly network?: Network;
  readonly banners: readonly string[];
  readonly urcHeads: readonly string[];
  readonly secretHeads: readonly string[];
  readonly countedHeads: readonly string[];
  readonly extraFinals?: ExtraFinals;
  readonly errors: Readonly<Record<string, string>>;
  readonly answerMs: number;
  readonly quietMs: number;
  readonly maxLineBytes: number;
}
