import { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
import { usual } from '../at/dialects/common.js';

/** What the id of a dialect looks like. */
export const dialectId = /^[a-z0-9-]{2,40}$/;

const printable = /^[\x20-\x7e]*$/;
/** Text that goes over the wire or is matched against it. */
const wire = (most: number) =>
  z.string().min(1).max(most).regex(printable, 'printable ASCII characters only');
const prose = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters');
const command = wire(512);
const pattern = wire(512);
const patterns = z.array(pattern).max(16);
const heads = z.array(wire(64)).max(64);
/** Units: milliseconds. */
const ms = z.number().int().min(1).max(600_000);
const tries = z.number().int().min(1).max(100);

const capture = z.strictObject({
  pattern,
  secrets: z.array(wire(32)).max(8).exactOptional(),
});
const query = z.strictObject({ command, capture });
const queries = z.array(query).max(8);

const maxBytes = z.number().int().min(1).max(1_024);
const rule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('quoted'),
    maxBytes,
    escape: z.enum(['none', 'backslash', 'hex']).exactOptional(),
    characters: pattern.exactOptional(),
  }),
  z.strictObject({
    kind: z.enum(['bare', 'raw']),
    maxBytes,
    characters: pattern.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('integer'), min: z.number().int(), max: z.number().int() }),
]);
const template = { text: command, rules: z.record(z.string(), rule).default({}) };
const step = z.strictObject({
  ...template,
  data: z.strictObject(template).exactOptional(),
  success: capture.exactOptional(),
  failure: capture.exactOptional(),
  timeoutMs: ms.exactOptional(),
  isOptional: z.boolean().exactOptional(),
});
const steps = z.array(step).max(32);

const readBack = z.strictObject({
  prepare: steps.default([]),
  commands: z
    .array(z.strictObject({ ...template, captures: z.array(capture).min(1).max(16) }))
    .max(16),
  proves: z
    .array(z.enum(['productKey', 'deviceName', 'deviceSecret', 'clientId', 'username', 'password']))
    .max(6),
  emptyErrors: z.array(wire(64)).max(16).default([]),
  mode: z.enum(['clear', 'fingerprint', 'masked', 'none']),
});

/**
 * The fields of a dialect file, each by itself; `dialectProblems` looks at how they fit together.
 *
 * Shape: what hardly differs from family to family may be left out, and is then as in the built-in
 * dialects.
 */
export const dialectShape = z.strictObject({
  id: z.string().regex(dialectId, '2-40 of a-z, 0-9 and -'),
  label: prose(80),
  modules: z.array(prose(64)).min(1).max(64),
  source: prose(500),
  confidence: z.enum(['documented', 'observed', 'inferred']),
  match: queries.default([]),
  uart: z.strictObject({
    baudRates: z.array(z.number().int().min(300).max(4_000_000)).min(1).max(8),
    hasAutobaud: z.boolean().default(false),
  }),
  sync: z.strictObject({ command, tries, tryMs: ms }).default(usual.sync),
  prologue: z
    .array(command)
    .max(16)
    .default([...usual.prologue]),
  identity: z.strictObject({
    imei: queries.default([]),
    sn: queries.default([]),
    mac: queries.exactOptional(),
    iccid: queries.default([]),
    firmware: queries.default([]),
  }),
  write: steps.min(1),
  readBack,
  persistence: z.enum(['ram', 'nvm', 'saved', 'unknown']),
  restart: z.strictObject({
    command,
    hasFinal: z.boolean(),
    bannerMs: ms,
    pollTries: tries,
    pollMs: ms,
  }),
  network: z
    .strictObject({
      prepare: steps,
      open: step,
      connect: step,
      received: capture,
      receivedMs: ms,
      linkLost: capture,
      close: steps,
    })
    .exactOptional(),
  login: z
    .strictObject({ prepare: steps, open: step.exactOptional(), connect: step, close: steps })
    .exactOptional(),
  moduleRegistration: z
    .strictObject({
      commands: z.array(command).min(1).max(16),
      gives: z.enum(['deviceSecret', 'deviceToken']),
      note: prose(200).exactOptional(),
    })
    .exactOptional(),
  banners: patterns,
  urcHeads: heads,
  secretHeads: heads,
  countedHeads: patterns.default([]),
  extraFinals: z
    .strictObject({
      success: z.array(wire(64)).max(16).default([]),
      failure: z.array(wire(64)).max(16).default([]),
    })
    .exactOptional(),
  busyLines: patterns.default([]),
  errors: z
    .record(wire(64), z.string().regex(/^[a-z0-9_]{1,40}$/, '1-40 of a-z, 0-9 and _'))
    .default({ ...usual.errors }),
  answerMs: ms.default(usual.answerMs),
  quietMs: ms.default(usual.quietMs),
  maxLineBytes: z.number().int().min(64).max(8_192).default(usual.maxLineBytes),
}) satisfies z.ZodType<Dialect>;
