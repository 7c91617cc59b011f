import { z } from 'zod';

const text = z.string().min(1);
const unit = z.strictObject({
  imei: text.optional(),
  sn: text.optional(),
  mac: text.optional(),
});

const owner = z.strictObject({
  kind: z.literal('owner'),
  server: text,
  stationId: text,
  station: text,
});
const claimed = z.strictObject({
  kind: z.literal('claimed'),
  at: text,
  claimId: text,
  slot: z.number().int(),
  deviceName: text,
  unit,
});
const proof = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('digest'), deviceName: text, secretDigest: text }),
  z.strictObject({ kind: z.literal('fingerprint'), deviceName: text, fingerprint: text }),
  z.strictObject({ kind: z.literal('login') }),
]);
const confirm = z.strictObject({ kind: z.literal('confirm'), proof, isVolatile: z.boolean() });
const fail = z.strictObject({ kind: z.literal('fail'), reason: text });
const result = z.strictObject({
  kind: z.literal('result'),
  at: text,
  requestId: text,
  claimId: text,
  report: z.union([confirm, fail]),
});
const settled = z.strictObject({ kind: z.literal('settled'), requestId: text });
const ended = z.strictObject({ kind: z.literal('ended'), claimId: text });
const entry = z.union([owner, claimed, result, settled, ended]);

/** For which station of which service what follows was done. Shape: `server` is a URL, `station` a name. */
export type OwnerEntry = z.infer<typeof owner>;
/** A unit got its triple: from now on what it holds is our business. */
export type ClaimedEntry = z.infer<typeof claimed>;
/** What came of a unit, to be told to the service. */
export type ResultEntry = z.infer<typeof result>;
/**
 * One line of the journal; none holds a secret.
 *
 * Shape: `settled` says that the service has answered a result for good, `ended` that a claim came to
 * its end elsewhere.
 */
export type JournalEntry = z.infer<typeof entry>;

/** Reads one line of the journal; undefined when it is none. */
export function parseEntry(line: string): JournalEntry | undefined {
  try {
    return entry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** What a journal says is still to be done, and for whom. Shape: `waiting` in the order of its lines. */
export interface OpenWork {
  readonly owner: OwnerEntry | undefined;
  readonly unfinished: readonly ClaimedEntry[];
  readonly waiting: readonly ResultEntry[];
}

/** Finds what is still open: results that nobody took, and units without a result. */
export function openWork(entries: readonly JournalEntry[]): OpenWork {
  let owner: OwnerEntry | undefined;
  const unfinished = new Map<string, ClaimedEntry>();
  const waiting = new Map<string, ResultEntry>();
  for (const one of entries) {
    switch (one.kind) {
      case 'owner':
        owner = one;
        break;
      case 'claimed':
        unfinished.set(one.claimId, one);
        break;
      case 'result':
        unfinished.delete(one.claimId);
        waiting.set(one.requestId, one);
        break;
      case 'settled':
        waiting.delete(one.requestId);
        break;
      case 'ended':
        unfinished.delete(one.claimId);
        break;
    }
  }
  return { owner, unfinished: [...unfinished.values()], waiting: [...waiting.values()] };
}
