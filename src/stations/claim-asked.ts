import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import { mayBeSameUnit } from '../core/unit-identity.js';
import type { Unit, UnitReport } from '../core/unit-identity.js';
import type { ConfirmRequest, SlotUnit } from './claim.js';
import type { BatchResult } from './claim-batch.js';

/** Units: characters; what is kept of an ICCID or firmware version as a module prints it. */
const observationLength = 100;

/** ICCID and firmware are observations: what cannot be stored is dropped, never a reason to refuse. */
export function observed(unit: UnitReport): UnitReport {
  return { ...unit, iccid: observation(unit.iccid), firmware: observation(unit.firmware) };
}

function observation(text: string | undefined): string | undefined {
  const shown = text?.replace(/[\p{Cc}\p{Cs}]/gu, '').trim();
  return shown?.slice(0, observationLength) || undefined;
}

type Asked = BatchResult<SlotUnit<Unit>>;

/**
 * Refuses every two entries of a batch that are one unit, or may be: two slots cannot hold it, so
 * one of them has read another's number.
 *
 * Errors, in an outcome: `unit.twice_in_batch`.
 */
export function refuseTwins(asked: readonly Asked[]): Asked[] {
  return asked.map((one, index) => {
    if (!one.ok) return one;
    const twins = asked.flatMap((other, place) =>
      place !== index && other.ok && isTwin(one.value.unit, other.value.unit) ? [place] : [],
    );
    return twins.length === 0 ? one : { ok: false, error: twice(one.value, index, twins) };
  });
}

function isTwin(one: Unit, other: Unit): boolean {
  return one.identity === other.identity || mayBeSameUnit(one, other);
}

function twice(
  { unit, slot }: SlotUnit<Unit>,
  index: number,
  twins: readonly number[],
): DomainError {
  const entries = [index, ...twins].sort((one, other) => one - other);
  const detail = `Entries ${entries.join(', ')} of the batch name ${unit.identity}.`;
  return new DomainError('unit.twice_in_batch', detail, { unit: unit.identity, slot, entries });
}

/** Refuses every two entries of one claim. Errors, in an outcome: `claim.twice_in_batch`. */
export function refuseTwice(asked: readonly ConfirmRequest[]): BatchResult<ConfirmRequest>[] {
  const counts = new Map<number, number>();
  for (const { claimId } of asked) counts.set(claimId, (counts.get(claimId) ?? 0) + 1);
  return asked.map((value) => {
    if (counts.get(value.claimId) === 1) return { ok: true, value };
    const claimId = publicId('clm', value.claimId);
    const detail = `The batch names ${claimId} more than once.`;
    return { ok: false, error: new DomainError('claim.twice_in_batch', detail, { claimId }) };
  });
}
