import { DomainError } from '../core/errors.js';
import type { Family } from './context.js';
import { aliyunIdm, yuge } from './families/alibaba-set.js';
import { eigencommEc616 } from './families/eigencomm-ec616.js';
import { espAt } from './families/esp-at.js';
import { lierdaNt35e } from './families/lierda-nt35e.js';
import { cmccMl307r, fibocomL610, luatAir780, neowayN706 } from './families/logins.js';
import { nrf91 } from './families/nrf91.js';
import { quectelBc26 } from './families/quectel-bc26.js';
import { simcomA76xx, simcomSim7070 } from './families/simcom.js';
import { ubloxSara, ubloxSaraR4 } from './families/ublox-sara.js';

/** Every family; the first is played where none is said. */
export const families: readonly [Family, ...Family[]] = [
  lierdaNt35e,
  quectelBc26,
  eigencommEc616,
  espAt,
  ubloxSara,
  ubloxSaraR4,
  nrf91,
  simcomA76xx,
  simcomSim7070,
  fibocomL610,
  cmccMl307r,
  neowayN706,
  luatAir780,
  yuge,
  aliyunIdm,
];

/** A family for the slots of a range; without one, for all slots. Shape: slots count from 1. */
export interface SlotFamily {
  readonly range: { readonly first: number; readonly last: number } | undefined;
  readonly name: string;
}

/** Which module is in which slot; what is said last counts. */
export type SlotFamilies = readonly SlotFamily[];

/** Every family with a line on what it is and its dialect, for help and lists. */
export const familyTitles: readonly (readonly [name: string, title: string, dialect: string])[] =
  families.map(({ name, title, dialect }) => [name, title, dialect]);

/**
 * Reads which module is in which slot; undefined when a text says no such thing.
 *
 * Shape: `quectel-bc26` for all slots, or `1-4:quectel-bc26,5:lierda-nt35e`; the name of a dialect,
 * `quectel-qmt` for one, means its family.
 */
export function parseSlotFamilies(text: string): SlotFamilies | undefined {
  const parts = text.split(',').map(parsePart);
  const isRead = (part: SlotFamily | undefined): part is SlotFamily => part !== undefined;
  return parts.every(isRead) ? parts.filter(isRead) : undefined;
}

function parsePart(text: string): SlotFamily | undefined {
  const match = /^(?:([1-9]\d{0,3})(?:-([1-9]\d{0,3}))?:)?([a-z0-9-]+)$/.exec(text.trim());
  const name = match?.[3];
  if (name === undefined || !find(name)) return undefined;
  const first = match?.[1];
  if (first === undefined) return { range: undefined, name };
  const range = { first: Number(first), last: Number(match?.[2] ?? first) };
  return range.first <= range.last ? { range, name } : undefined;
}

/** The family of the module in a slot. */
export function familyOf(slot: number, chosen: SlotFamilies): Family {
  const said = chosen.findLast(
    ({ range }) => !range || (range.first <= slot && slot <= range.last),
  );
  return (said && find(said.name)) ?? families[0];
}

/** A family by its own name or by that of its dialect. */
function find(name: string): Family | undefined {
  return families.find((family) => family.name === name || family.dialect === name);
}

/** Refuses a family for a slot that does not exist. Errors: `request.invalid`. */
export function checkFamilies(slots: number, chosen: SlotFamilies): void {
  const stray = chosen.find(({ range }) => range !== undefined && range.last > slots);
  if (!stray) return;
  throw new DomainError(
    'request.invalid',
    `${stray.name} is for slot ${String(stray.range?.last)}, which does not exist.`,
  );
}
