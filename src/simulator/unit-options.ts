import type { Secret } from '../core/secret.js';
import type { Chances } from './chances.js';
import type { EchoForm, Family } from './context.js';
import type { FaultName } from './faults.js';
import type { Identity } from './identity.js';

/** How one unit behaves. Units: `bootMs` in ms. */
export interface UnitOptions {
  readonly family: Family;
  readonly identity: Identity;
  /** Which it shows after a restart where the fault `imei-changes` has it so. */
  readonly laterIdentity: Identity;
  readonly faults: ReadonlySet<FaultName>;
  readonly chances: Chances;
  readonly hasEcho: boolean;
  readonly echoForm: EchoForm;
  readonly isVolatile: boolean;
  readonly bootMs: number;
}

/** What a unit needs from the world around it. */
export interface UnitHost {
  /** Writes to the serial line. */
  send(bytes: Buffer): void;
  /** Runs an action later; the result cancels it. Units: ms. */
  later(delayMs: number, action: () => void): () => void;
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  /** The rate of the port, where it has one. Units: baud. */
  baudRate?(): number | undefined;
  /** Hears what goes over the line, fit to be shown. */
  note(direction: 'in' | 'out', text: string): void;
}

/** A message that a unit received. Shape: the payload may be a new secret. */
export interface ReceivedMessage {
  readonly topic: string;
  readonly msgId: number;
  readonly payload: Secret;
}
