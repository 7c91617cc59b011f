import { faultDescriptions } from './faults.js';
import { familyTitles } from './families.js';
import type { Activity, SimulatedPort } from './options.js';

/** One row for each slot: where its module is, what it is, and the dialect that speaks to it. */
export function slotTable(ports: readonly SimulatedPort[]): string {
  const hasFaults = ports.some(({ faults }) => faults.length > 0);
  const rows = ports.map(({ slot, url, imei, family, dialect, faults }) =>
    row([String(slot), url, imei, family, dialect, faults.join(', ')]),
  );
  const [first] = ports.filter(({ url }) => url.startsWith('tcp:'));
  const talk = first
    ? `Talk to one: nc ${first.host} ${String(first.port)}, then type AT and Enter. `
    : '';
  return [
    row(['slot', 'port', 'IMEI', 'family', 'dialect', hasFaults ? 'fault' : '']),
    ...rows,
    `${talk}Stop with Ctrl-C.\n`,
  ].join('');
}

const widths = [6, 30, 17, 18, 18, 0];

function row(cells: readonly string[]): string {
  const text = cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('');
  return `${text.trimEnd()}\n`;
}

/** The slots as `triplemint agent --slots` and `PUT /stations/:id/slots` take them. Shape: JSON. */
export function slotsJson(ports: readonly SimulatedPort[]): string {
  const slots = ports.map(({ slot, url, dialect }) => ({ slot, port: url, dialect }));
  return `${JSON.stringify(slots, undefined, 2)}\n`;
}

/** One line of conversation. */
export function activityLine({ slot, direction, text }: Activity): string {
  return `slot ${String(slot)} ${direction === 'in' ? '>' : '<'} ${text}\n`;
}

/** Every fault with one line on what the module does. */
export function faultList(): string {
  return Object.entries(faultDescriptions)
    .map(([name, text]) => `  ${name.padEnd(20)}${text}\n`)
    .join('');
}

/** What stands below the flags in the help. */
export function helpText(): string {
  const families = familyTitles.map(
    ([name, title, dialect]) => `  ${name.padEnd(18)}${dialect.padEnd(18)}${title}\n`,
  );
  return `
Families, with the dialect that speaks to each; either name may be given:
${families.join('')}
Faults:
${faultList()}
What goes wrong by chance depends on the seed, the slot, how many modules were in it before and the
commands that came: the same seed and the same run fail in the same way again.

Examples:
  triplemint simulate --slots 2
  triplemint simulate --slots 8 --dialect lierda-nt35e,5-8:quectel-bc26 --slots-file slots.json
  triplemint simulate --dialect quectel-bc26 --slots 16 --baud 9600 --fail 2% --reset-during-write 1% --urc-noise
  triplemint simulate --fault 3:silent --fault 5:reset-during-write --volatile --chunked --seed 7

A line ends with CR, LF or both. Messages with quotes in them go in the "> " form of AT+LMQTTPUB.
`;
}
