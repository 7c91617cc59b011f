import type { Answer } from './answers.js';
import type { Chances } from './chances.js';
import type { Argument, CommandLine } from './command-line.js';
import type { FaultName } from './faults.js';
import type { Identity, Make } from './identity.js';
import type { Line } from './line.js';
import type { Link } from './link.js';
import type { Memory } from './memory.js';
import { Settings } from './settings.js';

/** What a unit has done since it was put in, for tests and tables. */
export interface Counts {
  commands: number;
  writes: number;
  restarts: number;
  logins: number;
  published: number;
  received: number;
}

/** What a unit forgets when it restarts. Shape: `cmee` 0 `ERROR`, 1 number, 2 text. */
export class Session {
  isRadioOn = true;
  /** Where AT+LMQTTOPEN went last. */
  target: { readonly host: string; readonly port: number } | undefined;
  readonly settings = new Settings();
  /** What a command of a family leaves for a later one. */
  readonly notes = new Map<string, string>();

  constructor(
    public hasEcho: boolean,
    public cmee: number,
  ) {}
}

/** What a command may look at and change. */
export interface UnitContext {
  readonly family: Family;
  readonly identity: Identity;
  readonly faults: ReadonlySet<FaultName>;
  readonly chances: Chances;
  readonly memory: Memory;
  readonly counts: Counts;
  readonly session: Session;
  readonly link: Link;
  /** Writes a result that no command asked for, or that comes after its OK. */
  readonly report: (line: Line) => void;
  readonly restart: () => void;
  readonly powerOff: () => void;
  nowMs(): number;
}

/** Carries out one command. */
export type Handler = (unit: UnitContext, command: CommandLine) => Answer;

/** Handlers by command name. */
export type Handlers = Readonly<Record<string, Handler>>;

/**
 * How a unit repeats what is typed: every character as it comes (V.250), the whole line without
 * its end once it is complete (Eigencomm), or not at all.
 */
export type EchoForm = 'characters' | 'line' | 'none';

/** How many leading arguments of a command may be shown; of a command not listed, none. */
export type OpenArguments = Readonly<
  Record<string, number | ((args: readonly Argument[]) => number)>
>;

/**
 * A family of modules: how its firmware looks from the serial line.
 *
 * Shape: `boot.raw` is what the boot ROM says, latin1; `boot.late` come as long again after
 * `boot.lines`. `isCompact` has no blank line between the lines of an answer. `limits` are the
 * longest values in bytes by field, and `overLength` what becomes of a longer one.
 */
export interface Family extends Make {
  readonly name: string;
  /** The dialect of the jig that speaks to it. */
  readonly dialect: string;
  readonly title: string;
  readonly source: string;
  /** Units: baud. */
  readonly baudRate: number;
  readonly echo: { readonly form: EchoForm; readonly isOn: boolean };
  readonly cmee: number;
  readonly isCompact: boolean;
  readonly prompt: string;
  readonly boot: {
    readonly raw?: string;
    readonly lines: readonly string[];
    readonly late?: readonly string[];
  };
  /** Whether a restart keeps what is written, or a command has to save it first. */
  readonly keeps: 'ram' | 'nvm' | 'saved';
  readonly limits: Readonly<Record<string, number>>;
  readonly overLength: 'empty' | 'cut' | 'refused';
  /** What a refused write is answered with. */
  readonly refusal: Answer;
  /** What a command is answered with that is lost because another one runs; default CME 14. */
  readonly busy?: Answer;
  /** The commands that have a result line beside their OK. */
  readonly results?: readonly string[];
  /** Lines that come unasked for. */
  readonly noise: readonly [string, ...string[]];
  /** Whether a backslash in quotes escapes the next character. */
  readonly hasEscapes?: boolean;
  /**
   * How messages and losses of the MQTT link are told, where the family has one.
   *
   * Shape: `isQuoted` where a payload stands between quotes.
   */
  readonly link?: {
    readonly receivedHead: (msgId: number) => string;
    readonly isQuoted?: boolean;
    readonly lost: (stat: number) => string;
  };
  readonly handlers: Handlers;
  readonly open: OpenArguments;
}
