/** The counters of an order that its constraints look at, all together. */
const counters = [
  'quota',
  'minted',
  'free',
  'leased',
  'failed',
  'confirmed',
  'issued',
  'void',
  'shown',
] as const;

/**
 * The SET list of a statement that locks the counters of an order first and changes them then.
 *
 * Shape: `locked` names the rows as they were locked; `changes` is SQL to go after a counter of it,
 * `+ d.shown` for one. Every counter is set, changed or not: PostgreSQL checks constraints first with
 * the row of its snapshot, and only then looks whether others have changed that row since, so a row
 * put together from both could break a constraint that neither breaks.
 */
export function countersFrom(
  locked: string,
  changes: Readonly<Partial<Record<(typeof counters)[number], string>>>,
): string {
  return counters.map((name) => `${name} = ${locked}.${name} ${changes[name] ?? ''}`).join(', ');
}
