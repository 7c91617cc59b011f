import type { Answer } from './answers.js';
import type { CommandLine } from './command-line.js';
import type { FaultName } from './faults.js';
import type { Identity } from './identity.js';
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
  cmee = 1;
  isRadioOn = true;
  /** Where AT+LMQTTOPEN went last. */
  target: { readonly host: string; readonly port: number } | undefined;
  readonly settings = new Settings();

  constructor(public hasEcho: boolean) {}
}

/** What a command may look at and change. */
export interface UnitContext {
  readonly identity: Identity;
  readonly faults: ReadonlySet<FaultName>;
  readonly memory: Memory;
  readonly counts: Counts;
  readonly session: Session;
  readonly link: Link;
  /** Writes a result that no command asked for, or that comes after its OK. */
  readonly report: (line: string) => void;
  readonly restart: () => void;
  readonly powerOff: () => void;
  nowMs(): number;
}

/** Carries out one command. */
export type Handler = (unit: UnitContext, command: CommandLine) => Answer;

/** Handlers by command name. */
export type Handlers = Readonly<Record<string, Handler>>;
