import type { Triple } from '../core/triple.js';
import type { ChanceRates } from './chances.js';
import type { Counts, EchoForm } from './context.js';
import type { SlotFamilies } from './families.js';
import type { FaultName, SlotFault } from './faults.js';
import type { LinkState } from './link.js';
import type { StoredFields } from './memory.js';
import type { ReceivedMessage } from './unit-options.js';

/** How the simulator behaves. Units: `bootMs` in ms, `baudRate` in baud. */
export interface SimulatorOptions {
  /** How many slots, 1-256; default 8. */
  readonly slots?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The port of slot 1, the others follow; 0, the default, takes free ones. */
  readonly basePort?: number;
  /** The same seed gives the same units; default 1. */
  readonly seed?: number;
  /** Which module is in which slot; default a Lierda NT35E in each. */
  readonly families?: SlotFamilies;
  /** Whether echo is on after a start; default as the family has it. */
  readonly hasEcho?: boolean;
  /** Default as the family has it. */
  readonly echoForm?: EchoForm;
  /** Whether a restart loses the secret whatever the family does; default false. */
  readonly isVolatile?: boolean;
  /** Default 150. */
  readonly bootMs?: number;
  /** The speed of both directions; absent: no pacing. */
  readonly baudRate?: number;
  /** Whether answers arrive in pieces of 1-8 bytes; default false. */
  readonly isChunked?: boolean;
  /** Whether the ports speak RFC 2217, so that their rate counts; default false, raw TCP. */
  readonly isRfc2217?: boolean;
  readonly faults?: readonly SlotFault[];
  /** What goes wrong by chance; default nothing. */
  readonly chances?: Partial<ChanceRates>;
  /** Hears what goes over the lines, secrets masked. */
  readonly onActivity?: (activity: Activity) => void;
}

/** One line of conversation. Shape: `in` came from the host; secrets are masked. */
export interface Activity {
  readonly slot: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

/** Where the unit of a slot is reached. Shape: `url` is the port as a slot of a jig names it. */
export interface SimulatedPort {
  readonly slot: number;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly imei: string;
  readonly family: string;
  readonly dialect: string;
  readonly faults: readonly FaultName[];
}

/** What a test may know of the unit in a slot. */
export interface ModuleView {
  readonly slot: number;
  readonly imei: string;
  readonly sn: string;
  readonly family: string;
  readonly triple: Triple | undefined;
  /** Everything that it holds, by the name of the field. */
  readonly stored: StoredFields;
  readonly received: readonly ReceivedMessage[];
  readonly counts: Readonly<Counts>;
  /** What went over the line of the slot so far, both ways together. Units: bytes. */
  readonly carriedBytes: number;
  readonly linkState: LinkState;
}

/** The options with their defaults filled in, as far as a slot needs them. */
export interface SlotSettings {
  readonly host: string;
  readonly basePort: number;
  readonly seed: number;
  readonly hasEcho?: boolean;
  readonly echoForm?: EchoForm;
  readonly chances: ChanceRates;
  readonly isVolatile: boolean;
  readonly bootMs: number;
  readonly baudRate?: number;
  readonly isChunked: boolean;
  readonly isRfc2217: boolean;
}

/** A running simulator. Shape: lists are in order of slots; slots count from 1. */
export interface Simulator {
  readonly ports: readonly SimulatedPort[];
  readonly modules: readonly ModuleView[];
  /** Puts a fresh unit into a slot, as an operator does after a run; it boots. */
  replaceModule(slot: number): void;
  close(): Promise<void>;
}
