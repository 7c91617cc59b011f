import { faultDescriptions, faultNames } from '../../src/simulator/faults.js';
import type { FaultName } from '../../src/simulator/faults.js';

/** How the jig ends: `PASS`, `PASS volatile`, or the reason. */
type End = string;

/**
 * How the jig ends with a faultless unit of each family: where the order wants the triple kept, and
 * where it accepts one that a restart loses.
 */
export const cleanEnds: Readonly<Record<string, readonly [kept: End, accepted: End]>> = {
  'lierda-nt35e': ['PASS', 'PASS'],
  'quectel-bc26': ['volatile', 'PASS volatile'],
  'eigencomm-ec616': ['volatile', 'PASS volatile'],
  'esp-at': ['PASS', 'PASS'],
  nrf91: ['PASS', 'PASS'],
  // Its AT+UMQTT? is played without the password; a module that shows it passes.
  'ublox-sara': ['read_back_mismatch', 'read_back_mismatch'],
  'simcom-a76xx': ['volatile', 'read_back_unproven'],
  'simcom-sim7070': ['read_back_unproven', 'read_back_unproven'],
  'fibocom-l610': ['volatile', 'read_back_unproven'],
  'cmcc-ml307r': ['volatile', 'read_back_unproven'],
  'neoway-n706': ['volatile', 'read_back_unproven'],
  'luat-air780': ['volatile', 'read_back_unproven'],
  yuge: ['read_back_unproven', 'read_back_unproven'],
  'aliyun-idm': ['read_back_unproven', 'read_back_unproven'],
};

/** Families that show nothing of what they hold, so that a fault of their memory is not seen. */
const showNothing: readonly string[] = Object.keys(cleanEnds).filter(
  (name) => cleanEnds[name]?.[1] === 'read_back_unproven',
);

/**
 * How the jig ends with each fault where the order accepts what a restart loses.
 *
 * Shape: `clean` is the end of a faultless unit; a list is one of these. `hidden` is for the families that show nothing;
 * where it is left out, `end` holds for all. What a family has by its name goes before both.
 */
interface FaultEnds {
  readonly end: End | readonly End[];
  readonly hidden?: End;
  readonly but?: Readonly<Record<string, End>>;
}

/** The table of every fault; the type makes a new fault fail here until it has a line. */
const faultEnds: Readonly<Record<FaultName, FaultEnds>> = {
  silent: { end: 'no_answer' },
  garbage: { end: 'garbage' },
  noisy: { end: 'clean' },
  'stores-nothing': { end: 'read_back_empty', hidden: 'clean' },
  'stores-wrong': { end: 'read_back_mismatch', hidden: 'clean' },
  'refuses-write': { end: 'write_refused' },
  'reset-during-write': {
    end: 'module_reset',
    // They start without a line that tells so: the write is not answered, and was not done.
    but: { 'eigencomm-ec616': 'read_back_empty', 'ublox-sara': 'read_back_empty' },
  },
  'reset-once': { end: 'clean' },
  forgets: {
    end: 'PASS volatile',
    hidden: 'clean',
    but: { 'ublox-sara': 'clean' },
  },
  'blank-imei': { end: 'claim_refused', but: { 'esp-at': 'clean' } },
  'bad-imei': { end: 'claim_refused', but: { 'esp-at': 'clean' } },
  'imei-changes': {
    end: 'unit_changed',
    hidden: 'clean',
    // A unit that forgets by nature is not restarted.
    but: { 'eigencomm-ec616': 'clean', 'ublox-sara': 'clean' },
  },
  'masked-read-back': { end: 'read_back_mismatch', hidden: 'clean', but: { nrf91: 'clean' } },
  'short-fields': {
    end: 'read_back_mismatch',
    hidden: 'clean',
    but: { 'ublox-sara': 'read_back_empty' },
  },
  busy: { end: ['clean', 'write_refused', 'no_answer', 'identity_missing'] },
  slow: { end: 'clean' },
  'brown-out': { end: 'clean' },
  'no-ok': { end: 'clean' },
  // Without a banner, the silence or the echo of a boot proves the restart; this one has neither.
  urcport: { end: 'clean', but: { nrf91: 'restart_unproven' } },
  'echo-data': { end: 'clean' },
  'endless-line': { end: 'garbage' },
  // Over a port that has a rate of its own.
  'wrong-baud': { end: 'garbage', but: { 'eigencomm-ec616': 'no_answer', nrf91: 'no_answer' } },
};

/** The ends that the tables name for a fault. */
export function endsWith(fault: FaultName, family: string): readonly End[] {
  const { end, hidden, but } = faultEnds[fault];
  const named = but?.[family] ?? (showNothing.includes(family) ? (hidden ?? end) : end);
  return [named].flat().map((each) => (each === 'clean' ? (cleanEnds[family]?.[1] ?? '') : each));
}

/** The rows of the table of faults in docs/rehearsal.md, with one blank between words. */
export function rehearsalRows(): readonly string[] {
  return faultNames.map((fault) => {
    const ends = [faultEnds[fault].end].flat();
    const told = ends.map((end) => (end === 'clean' ? 'as without it' : `\`${end}\``));
    return `| \`${fault}\` | ${faultDescriptions[fault]} | ${told.join(', ')} |`;
  });
}
