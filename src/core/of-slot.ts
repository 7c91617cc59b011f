import { DomainError } from './errors.js';

/** Does what is asked for a slot; a refusal names it. Errors: those of `work`, with `slot` in the data. */
export function ofSlot<T>(slot: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, detail, data } = error;
    throw new DomainError(code, `Slot ${slot}: ${detail}`, { ...data, slot }, { cause: error });
  }
}
