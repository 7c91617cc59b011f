const faultTexts = {
  silent: 'answers nothing at all',
  garbage: 'answers with unreadable bytes, as at a wrong baud rate',
  noisy: 'puts an unrelated line between echo and answer',
  'stores-nothing': 'says OK to the secret and stores nothing',
  'stores-wrong': 'says OK to the secret and stores another secret',
  'refuses-write': 'refuses the secret, as the module refuses a wrong value',
  'reset-during-write': 'restarts in the middle of every write, without an answer',
  'reset-once': 'restarts in the middle of the first write only',
  forgets: 'loses the secret over a restart',
  'blank-imei': 'shows the IMEI of a blank module',
  'bad-imei': 'shows an IMEI with a wrong check digit',
  'imei-changes': 'shows another IMEI after a restart',
  'masked-read-back': 'shows the secret as asterisks',
  'short-fields': 'says OK to a value longer than 16 bytes and stores an empty one',
  busy: 'is busy at every fourth command, which is lost',
  slow: 'takes 12 s over the first write; what comes meanwhile waits',
  'brown-out': 'loses power in the first write; silence, then its banner, with echo on',
  'no-ok': 'gives the result line of a command and no OK',
  urcport: 'says unasked lines at another port, until AT+QURCCFG="urcport","uart1"',
  'echo-data': 'repeats what it is given after a prompt, with echo on or off',
  'endless-line': 'answers with a line that never ends',
  'wrong-baud': 'has another baud rate than its family: only noise until --rfc2217 sets it',
} as const;

/** The name of a way in which a simulated unit misbehaves. */
export type FaultName = keyof typeof faultTexts;

/** A fault of the unit in one slot. Shape: `slot` counts from 1. */
export interface SlotFault {
  readonly slot: number;
  readonly fault: FaultName;
}

/** Every fault with one line on what the unit does. */
export const faultDescriptions: Readonly<Record<FaultName, string>> = faultTexts;

/** The names of all faults. */
export const faultNames = Object.keys(faultTexts).filter(isFaultName);

/** Tells whether a text names a fault. */
export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(faultTexts, text);
}
