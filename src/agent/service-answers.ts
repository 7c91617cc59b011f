import { z } from 'zod';
import { refusalOf } from '../commands/api-client.js';
import type { Credential } from '../core/credential.js';
import { DomainError } from '../core/errors.js';
import { defaultProofs, proofs } from '../core/lifecycle.js';
import { Secret } from '../core/secret.js';
import type { ClaimGrant } from '../jig/claims.js';
import type { Answer } from '../jig/gatherer.js';

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const grantShape = z.object({
  claimId: z.string().min(1),
  attempt: z.number(),
  reissued: z.boolean(),
  triple: z.object({
    productKey: z.string().min(1),
    deviceName: z.string().min(1),
    deviceSecret: secret.optional(),
  }),
  registration: z
    .object({ clientId: z.string(), username: z.string(), password: secret })
    .optional(),
  order: z.object({
    acceptVolatile: z.boolean().default(false),
    acceptProofs: z.array(z.enum(proofs)).default([...defaultProofs]),
  }),
  broker: z.object({ host: z.string(), port: z.number() }),
});
const refusedShape = z.object({
  ok: z.literal(false),
  problem: z.object({
    code: z.string(),
    detail: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    action: z.object({ en: z.unknown() }).optional(),
  }),
});
const batchShape = z.object({
  results: z.array(z.union([z.looseObject({ ok: z.literal(true) }), refusedShape])),
});

/** Reads the answer to a batch of claims. Errors: `agent.answer_unreadable`. */
export function readGrants(body: unknown, count: number): Answer<ClaimGrant>[] {
  return readBatch(body, count, grantOf);
}

/** Reads the answer to a batch of confirms. Errors: `agent.answer_unreadable`. */
export function readTaken(body: unknown, count: number): Answer<undefined>[] {
  return readBatch(body, count, () => undefined);
}

function readBatch<T>(body: unknown, count: number, valueOf: (entry: unknown) => T): Answer<T>[] {
  const results = batchShape.safeParse(body).data?.results;
  if (results?.length !== count) throw unreadable();
  return results.map((one) =>
    one.ok ? { ok: true, value: valueOf(one) } : { ok: false, error: refusalOf(one.problem) },
  );
}

function grantOf(entry: unknown): ClaimGrant {
  const parsed = grantShape.safeParse(entry);
  if (!parsed.success) throw unreadable();
  const { claimId, attempt, reissued, order, broker } = parsed.data;
  const credential = credentialOf(parsed.data);
  return {
    claimId,
    attempt,
    reissued,
    credential,
    broker,
    acceptVolatile: order.acceptVolatile,
    acceptProofs: order.acceptProofs,
  };
}

function credentialOf({ triple, registration }: z.infer<typeof grantShape>): Credential {
  const { productKey, deviceName, deviceSecret } = triple;
  if (deviceSecret) return { kind: 'device-secret', productKey, deviceName, deviceSecret };
  if (registration) return { kind: 'product-secret', productKey, deviceName, registration };
  throw unreadable();
}

/** The answer may hold a secret: none of it is repeated. */
function unreadable(): DomainError {
  return new DomainError('agent.answer_unreadable', 'It is not what was asked for.');
}
