import type { Triple } from '../core/triple.js';
import type { Counts } from './context.js';
import type { SlotFault } from './faults.js';
import type { LinkState } from './link.js';
import type { EchoForm, ReceivedMessage } from './simulated-unit.js';

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
  /** Whether echo is on after a start, as V.250 has it; default true. */
  readonly hasEcho?: boolean;
  /** Default `characters`. */
  readonly echoForm?: EchoForm;
  /** Whether a restart loses the triple; default false. */
  readonly isVolatile?: boolean;
  /** Default 150. */
  readonly bootMs?: number;
  /** The speed of both directions; absent: no pacing. */
  readonly baudRate?: number;
  /** Whether answers arrive in pieces of 1-8 bytes; default false. */
  readonly isChunked?: boolean;
  readonly faults?: readonly SlotFault[];
  /** Hears what goes over the lines, secrets masked. */
  readonly onActivity?: (activity: Activity) => void;
}

/** One line of conversation. Shape: `in` came from the host; secrets are masked. */
export interface Activity {
  readonly slot: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
}

/** Where the unit of a slot is reached. */
export interface SimulatedPort {
  readonly slot: number;
  readonly host: string;
  readonly port: number;
  readonly imei: string;
}

/** What a test may know of the unit in a slot. */
export interface ModuleView {
  readonly slot: number;
  readonly imei: string;
  readonly sn: string;
  readonly triple: Triple | undefined;
  readonly received: readonly ReceivedMessage[];
  readonly counts: Readonly<Counts>;
  readonly linkState: LinkState;
}

/** The options with their defaults filled in, as far as a slot needs them. */
export interface SlotSettings {
  readonly host: string;
  readonly basePort: number;
  readonly seed: number;
  readonly hasEcho: boolean;
  readonly echoForm: EchoForm;
  readonly isVolatile: boolean;
  readonly bootMs: number;
  readonly baudRate?: number;
  readonly isChunked: boolean;
}

/** A running simulator. Shape: lists are in order of slots; slots count from 1. */
export interface Simulator {
  readonly ports: readonly SimulatedPort[];
  readonly modules: readonly ModuleView[];
  /** Puts a fresh unit into a slot, as an operator does after a run; it boots. */
  replaceModule(slot: number): void;
  close(): Promise<void>;
}
