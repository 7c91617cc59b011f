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
  'ublox-sara': ['PASS', 'PASS'],
  'ublox-sara-r4': ['PASS', 'PASS'],
  'simcom-a76xx': ['volatile', 'PASS volatile'],
  'simcom-sim7070': ['PASS', 'PASS'],
  'fibocom-l610': ['volatile', 'PASS volatile'],
  'cmcc-ml307r': ['read_back_unproven', 'read_back_unproven'],
  'neoway-n706': ['volatile', 'PASS volatile'],
  'luat-air780': ['volatile', 'PASS volatile'],
  yuge: ['read_back_unproven', 'read_back_unproven'],
  'aliyun-idm': ['PASS', 'PASS'],
};

/** Families that show nothing of what they hold and cannot be told to log in: they are written nothing. */
const unwritten: readonly string[] = ['cmcc-ml307r', 'yuge'];
/** Families that show nothing of what they hold: a fault of their memory is seen in their login. */
const byLogin: readonly string[] = [
  ...['simcom-a76xx', 'simcom-sim7070', 'fibocom-l610'],
  ...['neoway-n706', 'luat-air780', 'aliyun-idm', 'ublox-sara-r4'],
];

/** Families that are known to forget and are not restarted: what they hold now is what counts. */
const notRestarted = Object.fromEntries(
  ['eigencomm-ec616', 'simcom-a76xx', 'fibocom-l610', 'neoway-n706', 'luat-air780'].map((name) => [
    name,
    'clean',
  ]),
);

/**
 * How the jig ends with each fault where the order accepts what a restart loses.
 *
 * Shape: `clean` is the end of a faultless unit; a list is one of these. `login` is for the families
 * that prove by a login, `unwritten` for those that are written nothing; where it is left out, `end`
 * holds for all. What a family has by its name goes before them.
 */
interface FaultEnds {
  readonly end: End | readonly End[];
  readonly login?: End;
  readonly unwritten?: End;
  readonly but?: Readonly<Record<string, End>>;
}

/** The table of every fault; the type makes a new fault fail here until it has a line. */
const faultEnds: Readonly<Record<FaultName, FaultEnds>> = {
  silent: { end: 'no_answer' },
  garbage: { end: 'garbage' },
  noisy: { end: 'clean' },
  'stores-nothing': { end: 'read_back_empty', login: 'login_refused', unwritten: 'clean' },
  'stores-wrong': {
    end: 'read_back_mismatch',
    login: 'login_refused',
    unwritten: 'clean',
    but: { 'ublox-sara': 'login_refused' }, // it shows all but the password
  },
  'refuses-write': { end: 'write_refused', unwritten: 'clean' },
  'reset-during-write': {
    end: 'module_reset',
    unwritten: 'clean',
    // They start without a line that tells so: the write is not answered, and was not done.
    but: {
      'eigencomm-ec616': 'read_back_empty',
      'ublox-sara': 'read_back_empty',
      'ublox-sara-r4': 'no_answer', // nor does it show what it holds
    },
  },
  'reset-once': { end: 'clean' },
  forgets: {
    end: 'PASS volatile',
    login: 'login_refused',
    unwritten: 'clean',
    but: { ...notRestarted, 'ublox-sara': 'volatile' },
  },
  'blank-imei': { end: 'claim_refused', but: { 'esp-at': 'clean' } },
  'bad-imei': { end: 'claim_refused', but: { 'esp-at': 'clean' } },
  'imei-changes': {
    end: 'unit_changed',
    unwritten: 'clean',
    but: notRestarted,
  },
  'masked-read-back': {
    end: 'read_back_unproven',
    login: 'clean',
    unwritten: 'clean',
    but: { nrf91: 'clean', 'ublox-sara': 'clean' },
  },
  'short-fields': {
    end: 'read_back_mismatch',
    login: 'login_refused',
    unwritten: 'clean',
    but: { 'ublox-sara': 'read_back_empty' },
  },
  busy: {
    end: ['clean', 'write_refused', 'no_answer', 'identity_missing'],
    but: { 'aliyun-idm': 'broker_unreachable' },
  },
  slow: { end: 'clean' },
  'brown-out': { end: 'clean' },
  'no-ok': { end: 'clean' },
  // Without a banner, the silence or the echo of a boot proves the restart; this one has neither.
  urcport: {
    end: 'clean',
    // What came of a login is not heard either; nor that the link is open, where that is told apart.
    login: 'login_timeout',
    but: {
      nrf91: 'restart_unproven',
      'ublox-sara': 'login_timeout',
      'luat-air780': 'broker_unreachable',
    },
  },
  'echo-data': { end: 'clean' },
  'endless-line': { end: 'garbage' },
  // Over a port that has a rate of its own.
  'wrong-baud': { end: 'garbage', but: { 'eigencomm-ec616': 'no_answer', nrf91: 'no_answer' } },
};

/** The ends that the tables name for a fault. */
export function endsWith(fault: FaultName, family: string): readonly End[] {
  const { end, login = end, unwritten: none = end, but } = faultEnds[fault];
  const usual = byLogin.includes(family) ? login : unwritten.includes(family) ? none : end;
  const named = but?.[family] ?? usual;
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
