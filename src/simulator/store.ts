import { muteThen } from './answers.js';
import type { Answer } from './answers.js';
import type { UnitContext } from './context.js';

/** Longest value of a unit with the fault `short-fields`. Units: bytes. */
const shortBytes = 16;

/**
 * Writes credentials into a unit; gives the answer when it goes wrong, undefined when it is done.
 *
 * Shape: `keeps` is how the family keeps what this command writes, its `keeps` where it is left out.
 */
export function store(
  unit: UnitContext,
  fields: Readonly<Record<string, string>>,
  keeps = unit.family.keeps,
): Answer | undefined {
  const { family, faults, counts, memory } = unit;
  counts.writes += 1;
  if (faults.has('refuses-write')) return family.refusal;
  if (faults.has('reset-during-write')) return muteThen(unit.restart);
  const breaks = faults.has('reset-once') || faults.has('brown-out');
  if (breaks && counts.writes === 1) return muteThen(unit.restart);
  const reset = unit.chances.reset();
  if (reset === 'before') return muteThen(unit.restart);
  const fitting = fit(unit, fields);
  if (!fitting) return family.refusal;
  memory.put(fitting, keeps === 'nvm');
  return reset === 'after' ? muteThen(unit.restart) : undefined;
}

/** The fields as the firmware takes them; undefined when it refuses one that is too long. */
function fit(
  { family, faults }: UnitContext,
  fields: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const isShort = faults.has('short-fields');
  const entries = Object.entries(fields).map(([name, text]): [string, string | undefined] => {
    const max = isShort ? shortBytes : (family.limits[name] ?? Infinity);
    if (Buffer.byteLength(text) <= max) return [name, text];
    if (isShort || family.overLength === 'empty') return [name, ''];
    return [name, family.overLength === 'cut' ? text.slice(0, max) : undefined];
  });
  const isWhole = (entry: [string, string | undefined]): entry is [string, string] =>
    entry[1] !== undefined;
  return entries.every(isWhole) ? Object.fromEntries(entries.filter(isWhole)) : undefined;
}
