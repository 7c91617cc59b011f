import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
import { findDialect } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';
import type { JigSlot } from '../jig/jig.js';
import { fieldWords } from '../platform/field-words.js';
import { parseSlots } from '../stations/slot-port.js';
import type { StationSlot } from '../stations/slot-port.js';
import type { LearnDialects } from './learn-dialects.js';

/** Fields that an error names. */
const mostNamed = 10;

const slotsShape = z
  .array(
    z.strictObject({
      slot: z.number().int().min(1).max(999),
      port: z.string().min(1),
      dialect: z.string().min(1).nullish(),
    }),
  )
  .min(1, 'must have at least one slot');

/**
 * Reads a file of slots.
 *
 * Shape: JSON, `[{"slot":1,"port":"tcp://127.0.0.1:7001","dialect":"lierda-lmqtt"}]`; without
 * `dialect` as in a slot of a station.
 * Errors: `file.unreadable`; `agent.slots_invalid`, which names the fields; those of `learn` and of
 * `jigSlots`.
 */
export async function readSlotsFile(path: string, learn?: LearnDialects): Promise<JigSlot[]> {
  const parsed = slotsShape.safeParse(await readJson(path), { error: fieldWords });
  if (!parsed.success) {
    throw invalid(path, parsed.error.issues.slice(0, mostNamed).map(issueText).join('; '));
  }
  const slots = parsed.data.map((slot) => ({ ...slot, dialect: slot.dialect ?? null }));
  return jigSlots(slots, await learn?.(slots));
}

/**
 * Gives the slots of a station to a jig. Shape: `own` are the dialects beside the built-in ones.
 *
 * Errors: those of `parseSlots`.
 */
export function jigSlots(slots: readonly StationSlot[], own: readonly Dialect[] = []): JigSlot[] {
  return parseSlots(slots, own).map(({ slot, port, dialect }) => ({
    slot,
    port,
    dialect: dialect === null ? undefined : findDialect(dialect, own),
  }));
}

/** Shape: `[0].port: is missing`. */
function issueText({ path, message }: z.core.$ZodIssue): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.length === 0 ? message : `${parts.join('')}: ${message}`;
}

async function readJson(path: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    throw new DomainError('file.unreadable', `${path} cannot be read.`, {}, { cause });
  }
  try {
    return JSON.parse(content);
  } catch {
    throw invalid(path, 'is no JSON');
  }
}

function invalid(path: string, what: string): DomainError {
  return new DomainError('agent.slots_invalid', `${path}: ${what}`);
}
