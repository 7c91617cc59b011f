import type { ExtraFinals } from './final-result.js';
import type { CommandTemplate, DataTemplate } from './render.js';

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

/**
 * What a unit can be asked about itself; alternatives of one value are tried in order.
 *
 * Shape: `mac` is asked where neither IMEI nor SN is told.
 */
export interface IdentityQueries {
  readonly imei: readonly IdentityQuery[];
  readonly sn: readonly IdentityQuery[];
  readonly mac?: readonly IdentityQuery[];
  readonly iccid: readonly IdentityQuery[];
  readonly firmware: readonly IdentityQuery[];
}

/**
 * A command of a dialect, sent with the values of a unit.
 *
 * Shape: `data` goes out after the `>` prompt. `success` is a line that has to come, before or after
 * the OK; `failure` one that means refused although OK follows. `isOptional`: whatever the answer.
 * Units: milliseconds; `timeoutMs` is how long `success` may take after the OK where it is named,
 * else how long the final result may take (`answerMs` of the dialect where it is absent).
 */
export interface DialectCommand extends CommandTemplate {
  readonly data?: DataTemplate;
  readonly success?: Capture;
  readonly failure?: Capture;
  readonly timeoutMs?: number;
  readonly isOptional?: boolean;
}

/** A command that shows something of what a module holds. */
export interface ReadCommand extends CommandTemplate {
  readonly captures: readonly Capture[];
}

/** The values by which a module can be told from another that holds something else. */
export const provenValues = [
  'productKey',
  'deviceName',
  'deviceSecret',
  'clientId',
  'username',
  'password',
] as const;
export type ProvenValue = (typeof provenValues)[number];

/**
 * How what was written is read back.
 *
 * Shape: the groups of a pattern are named as in `proves`; a line may fit several patterns (order and
 * quotes vary) and is right if one of its readings is. Every value in `proves` must have been read
 * equal, over all commands. A reading without the groups is wrong, one with empty groups means
 * "nothing stored", as do OK without a line and the `emptyErrors`: codes of `+CME ERROR`, or `ERROR`
 * for the bare form. `prepare` is sent after a restart only, for instance to restore a profile.
 * `mode`: `clear` the values themselves, `fingerprint` the SHA-256 in hex of what `secrets` names,
 * `masked` (`proves` names what is left to compare) or `none` (no command) no proof.
 */
export interface ReadBack {
  readonly prepare: readonly DialectCommand[];
  readonly commands: readonly ReadCommand[];
  readonly proves: readonly ProvenValue[];
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

/**
 * How the module itself fetches its triple over MQTT (one type, one secret), with a login that the
 * service has signed.
 *
 * Shape: `received` has the secret group `payload`; `linkLost` ends the wait for it; `close` may be
 * refused.
 */
export interface Network {
  readonly prepare: readonly DialectCommand[];
  readonly open: DialectCommand;
  readonly connect: DialectCommand;
  readonly received: Capture;
  readonly receivedMs: number;
  readonly linkLost: Capture;
  readonly close: readonly DialectCommand[];
}

/**
 * How the module logs in with what it has stored and hangs up again: what proves a secret that no
 * command shows.
 *
 * Shape: the commands may name `host` and `port` and nothing else, so that nothing of the triple is
 * given anew. `open` where the link is a command of its own. A `failure` of `connect` has the group
 * `unreachable` filled where it means that the broker was not reached. `close` may be refused.
 */
export interface StoredLogin {
  readonly prepare: readonly DialectCommand[];
  readonly open?: DialectCommand;
  readonly connect: DialectCommand;
  readonly close: readonly DialectCommand[];
}

/** The values that stand in the commands of a module registration. */
export const registrationPlaces = [
  'productKey',
  'deviceName',
  'productSecret',
  'deviceSecret',
  'host',
  'port',
] as const;

/**
 * How the module registers by itself with the product secret (one type, one secret), to be read: the
 * module's host does it in the field, the jig never, for it has no product secret.
 *
 * Shape: `commands` are what the host sends, in order, with `{name}` for the values of
 * `registrationPlaces`; `gives` is what the service answers with; `note` is what else has to be known.
 */
export interface ModuleRegistration {
  readonly commands: readonly string[];
  readonly gives: 'deviceSecret' | 'deviceToken';
  readonly note?: string;
}

/**
 * What becomes of a written triple without power: `ram` is known to forget it, `nvm` keeps it,
 * `saved` keeps it because the last write command saves it, `unknown` is for the jig to observe.
 */
export type Persistence = 'ram' | 'nvm' | 'saved' | 'unknown';

/**
 * The AT command set of a module family, as data: plain JSON, patterns are text.
 *
 * Shape: `modules` are names that people know; `confidence` is that of the weakest fact by
 * which it writes, reads back and keeps. Every command may name the values of `UnitValues`. `banners` are whole-line patterns that mean "the
 * module has just started", `busyLines` such that mean "the command was lost, ask again"; `urcHeads`
 * begin lines that may come at any time; `secretHeads` begin lines that may hold a secret in any
 * step; `errors` names the codes of `+CME ERROR`.
 * Units: milliseconds, bytes, baud.
 */
export interface Dialect {
  readonly id: string;
  readonly label: string;
  readonly modules: readonly string[];
  readonly source: string;
  readonly confidence: 'documented' | 'observed' | 'inferred';
  readonly match: readonly IdentityQuery[];
  readonly uart: { readonly baudRates: readonly number[]; readonly hasAutobaud: boolean };
  readonly sync: { readonly command: string; readonly tries: number; readonly tryMs: number };
  readonly prologue: readonly string[];
  readonly identity: IdentityQueries;
  readonly write: readonly DialectCommand[];
  readonly readBack: ReadBack;
  readonly persistence: Persistence;
  readonly restart: Restart;
  readonly network?: Network;
  readonly login?: StoredLogin;
  readonly moduleRegistration?: ModuleRegistration;
  readonly banners: readonly string[];
  readonly urcHeads: readonly string[];
  readonly secretHeads: readonly string[];
  readonly countedHeads: readonly string[];
  readonly extraFinals?: ExtraFinals;
  readonly busyLines: readonly string[];
  readonly errors: Readonly<Record<string, string>>;
  readonly answerMs: number;
  readonly quietMs: number;
  readonly maxLineBytes: number;
}
