import type { IdentityQuery } from '../dialect.js';
import type { ArgumentRule } from '../render.js';

/** The parts of a triple as most dialects take them. */
export const quotedTriple = {
  productKey: { kind: 'quoted', maxBytes: 32, characters: '[A-Za-z0-9]' },
  deviceName: { kind: 'quoted', maxBytes: 32, characters: '[A-Za-z0-9_.:@-]' },
  deviceSecret: { kind: 'quoted', maxBytes: 64 },
} as const satisfies Record<string, ArgumentRule>;

/** The parts of a triple where they go without quotes. */
export const bareTriple = {
  productKey: { ...quotedTriple.productKey, kind: 'bare' },
  deviceName: { ...quotedTriple.deviceName, kind: 'bare' },
  deviceSecret: { ...quotedTriple.deviceSecret, kind: 'bare' },
} as const satisfies Record<string, ArgumentRule>;

/** The rules of an MQTT login between quotes. Units: bytes. */
export const quotedLogin = (
  maxBytes: number,
): Record<'clientId' | 'username' | 'password', ArgumentRule> => {
  const rule = { kind: 'quoted', maxBytes } as const;
  return { clientId: rule, username: rule, password: rule };
};

/** The rules of a broker's address. */
export const address = {
  host: { kind: 'quoted', maxBytes: 100, characters: '[A-Za-z0-9.:-]' },
  port: { kind: 'integer', min: 1, max: 65_535 },
} as const satisfies Record<string, ArgumentRule>;

/** The rules of a broker's address inside a text. */
export const bareAddress = {
  ...address,
  host: { ...address.host, kind: 'bare' },
} as const satisfies Record<string, ArgumentRule>;

/** The groups of a read-back that are secrets. */
export const secrets = ['deviceSecret', 'password'];

/** How the IMEI is asked for. Source: 3GPP TS 27.007, 5.4; some print it without head or quotes. */
export const imeiQueries: readonly IdentityQuery[] = ['AT+CGSN=1', 'AT+CGSN'].map((command) => ({
  command,
  capture: { pattern: '(?:\\+CGSN: ?)?"?(?<value>\\d{15})"?' },
}));

/** The serial number as 3GPP TS 27.007, 5.4 has it. */
export const snQuery: IdentityQuery = {
  command: 'AT+CGSN=0',
  capture: { pattern: '(?:\\+CGSN: ?)?"?(?<value>[0-9A-Za-z][0-9A-Za-z._/-]{0,63})"?' },
};

/** The firmware as 3GPP TS 27.007, 5.3 has it; some print `Revision:` before it (BC26, real log). */
export const firmwareQuery: IdentityQuery = {
  command: 'AT+CGMR',
  capture: { pattern: '(?:\\+CGMR: ?)?(?:Revision: ?)?"?(?<value>[^+"\\s][^"]*)"?' },
};

/**
 * Asks for the ICCID by the command of a family.
 *
 * Shape: `name` is a command such as `CCID`; `head` begins the answer, the text of a RegExp.
 */
export const iccidQuery = (name: string, head = name): IdentityQuery => ({
  command: `AT+${name}`,
  capture: { pattern: `(?:\\+${head}: ?)?"?(?<value>\\d{18,19}[0-9A-Fa-f]?)"?` },
});

/** Finds a family by the names that its module prints. Shape: `names` is the text of a RegExp. */
export const matchBy = (names: string): readonly IdentityQuery[] =>
  ['AT+CGMM', 'ATI', 'AT+CGMR'].map((command) => ({
    command,
    capture: { pattern: `.*(?<value>${names}).*` },
  }));

/** Extended errors. Source: 3GPP TS 27.007, 9.2. */
export const cmeErrors: Readonly<Record<string, string>> = {
  '3': 'not_allowed',
  '4': 'not_supported',
  '10': 'sim_missing',
  '11': 'pin_required',
  '13': 'sim_failure',
  '14': 'busy',
  '30': 'no_network',
  '50': 'wrong_parameters',
  '100': 'unknown',
};

/** What hardly differs from family to family. Units: milliseconds, bytes. */
export const usual = {
  sync: { command: 'AT', tries: 10, tryMs: 1_000 },
  prologue: ['ATE0'],
  countedHeads: [],
  busyLines: [],
  errors: cmeErrors,
  answerMs: 5_000,
  quietMs: 150,
  maxLineBytes: 4_096,
} as const;

/** A module that shows nothing of what it was given. */
export const noReadBack = {
  prepare: [],
  commands: [],
  proves: [],
  emptyErrors: [],
  mode: 'none',
} as const;
