import { aligned } from '../commands/table.js';
import type { DomainError } from '../core/errors.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { SlotReason, SlotResult } from '../jig/slot-result.js';
import type { Idleness } from '../jig/watch-slot.js';
import type { ClaimedEntry, ResultEntry } from './journal-entry.js';
import type { SlotRow } from './live-table.js';
import type { OutboxState } from './outbox.js';

/** Writes what a unit calls itself. */
export function unitText({ imei, sn, mac }: UnitReport): string {
  return imei ?? sn ?? mac ?? '-';
}

/** Writes the time of day by the clock of this PC, `02:15:07`: the operator looks at the same one. */
export function timeText(at: Date): string {
  return at.toTimeString().slice(0, 'hh:mm:ss'.length);
}

/** A watched slot that has nothing to do. Shape: `detail` is too long for a table. */
export interface IdleRow extends SlotRow {
  readonly detail?: string | undefined;
}

/** Ends of a look at a module that answers: there is a unit, and a person has to do something. */
const answered: readonly (SlotReason | undefined)[] = [
  'dialect_unknown',
  'dialect_ambiguous',
  'identity_missing',
  'sync_refused',
];

/** Whether a look has found a unit that cannot be worked on. */
export function isUnworked({ reason }: Idleness): boolean {
  return answered.includes(reason);
}

/** Shows a slot that is watched and has nothing to do, by what its last look has found. */
export function idleRow(slot: number, why: Idleness): IdleRow {
  const { reason, detail } = why;
  if (reason === 'unit_duplicate') {
    return { slot, state: 'no other unit', more: 'the same one is on another slot' };
  }
  const more = reason ?? '';
  return isUnworked(why)
    ? { slot, state: 'not worked on', more, detail }
    : { slot, state: 'no unit', more };
}

/** Writes where the queue of results stands: `offline, 37 waiting: …`, `online, none waiting`. */
export function queueText({ waiting, trouble }: OutboxState): string {
  const link = trouble === undefined ? 'online' : 'offline';
  const count = waiting === 0 ? 'none' : String(waiting);
  return `${link}, ${count} waiting${trouble === undefined ? '' : `: ${trouble}`}`;
}

/**
 * Writes that the service does not take a result, and what to do with the unit: a login that was not
 * heard of speaks against no unit, and another one tells.
 */
export function refusalText({ claimId, report }: ResultEntry, refusal: DomainError): string {
  const what = `the service refuses the ${report.kind} of ${claimId}: ${refusal.message}`;
  const isUnseen = refusal.code === 'claim.no_login';
  return `${what} Put the unit ${isUnseen ? 'on a slot again' : 'aside'}.`;
}

/** Names a unit whose end is not known: it was claimed, and then the agent ended. */
export function unfinishedText({ slot, unit, deviceName, claimId, at }: ClaimedEntry): string {
  const what = `unit ${unitText(unit)} was left unfinished on slot ${slot} at ${at}`;
  return `${what} (${deviceName}, ${claimId}): put it on a slot again, it gets the same triple`;
}

/** Writes what came of a slot, for the place beside its outcome. */
export function slotText({ outcome, reason, unit, deviceName, isVolatile }: SlotResult): string {
  const why = reason ?? (outcome === 'PASS' && isVolatile ? 'volatile' : undefined);
  return [unit && unitText(unit), deviceName, why].filter(Boolean).join('  ');
}

/** Writes what came of a slot as a line. */
export function resultText(result: SlotResult): string {
  const { slot, outcome, durationMs, detail } = result;
  const line = `slot ${slot}: ${outcome}  ${slotText(result)}  ${durationMs} ms`;
  return outcome === 'PASS' || detail === undefined ? line : `${line}: ${detail}`;
}

const head = ['slot', 'outcome', 'reason', 'dialect', 'unit', 'deviceName', 'ms'];

/**
 * Writes a run as a table, and below it why slots did not pass.
 *
 * Shape: `noteOf` tells what has become of a result since.
 */
export function runTable(
  results: readonly SlotResult[],
  noteOf: (result: SlotResult) => string | undefined,
): string {
  const rows = results.map((result) => {
    const { slot, outcome, reason, unit, deviceName, durationMs } = result;
    const note = noteOf(result);
    const volatile = outcome === 'PASS' && result.isVolatile ? 'volatile' : '-';
    return [
      slot,
      note === undefined ? outcome : `${outcome} (${note})`,
      reason ?? volatile,
      result.dialect ?? '-',
      unit ? unitText(unit) : '-',
      deviceName ?? '-',
      durationMs,
    ];
  });
  const details = results.flatMap(({ slot, outcome, detail }) =>
    outcome === 'PASS' || detail === undefined ? [] : [`slot ${slot}: ${detail}`],
  );
  return [...aligned([head, ...rows]), ...details].join('\n');
}
