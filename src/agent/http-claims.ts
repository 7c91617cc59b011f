import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from '../commands/api-client.js';
import type { Credential } from '../core/credential.js';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import type { ClaimGrant, Claims } from '../jig/claims.js';
import type { Journal } from './journal.js';
import type { ResultEntry } from './journal-entry.js';
import type { Outbox } from './outbox.js';
import { isWorthRepeating, waitMs } from './patience.js';
import type { Patience } from './patience.js';

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
  order: z.object({ acceptVolatile: z.boolean().default(false) }),
  broker: z.object({ host: z.string(), port: z.number() }),
});

/** What claims over HTTPS work with. Shape: `signal` ends the repeating. */
export interface HttpClaimsParts {
  readonly api: Api;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

/** Claims of a station on another machine: a claim needs the service, a result only the disk. */
export class HttpClaims implements Claims {
  constructor(private readonly parts: HttpClaimsParts) {}

  /**
   * Shape: what waits to be told is told first, for it may be about the same unit. Repeated with one
   * `requestId` until it is answered or the patience is over.
   */
  async claim(request: Parameters<Claims['claim']>[0]): Promise<ClaimGrant> {
    const { api, journal, outbox } = this.parts;
    const requestId = randomUUID();
    const grant = await this.insist(async () => {
      await outbox.flush();
      return grantOf(await api.post('/claims', request, requestId));
    });
    const { imei, sn, mac } = request.unit;
    await journal.append({
      kind: 'claimed',
      at: new Date().toISOString(),
      claimId: grant.claimId,
      slot: request.slot,
      deviceName: grant.credential.deviceName,
      unit: { ...(imei && { imei }), ...(sn && { sn }), ...(mac && { mac }) },
    });
    return grant;
  }

  /** Shape: kept when the service has taken it, or when it is on the disk and the link is away. */
  async confirm(claimId: string, proof: Parameters<Claims['confirm']>[1]): Promise<void> {
    const requestId = await this.add(claimId, { kind: 'confirm', ...proof });
    await this.parts.outbox.answered(requestId, this.parts.patience.confirmMs);
  }

  /** Shape: kept when it is on the disk. */
  async fail(claimId: string, reason: string): Promise<void> {
    await this.add(claimId, { kind: 'fail', reason });
  }

  private async add(claimId: string, report: ResultEntry['report']): Promise<string> {
    const requestId = randomUUID();
    const at = new Date().toISOString();
    await this.parts.outbox.add({ kind: 'result', at, requestId, claimId, report });
    return requestId;
  }

  private async insist<T>(ask: () => Promise<T>): Promise<T> {
    const { patience, signal } = this.parts;
    const untilMs = performance.now() + patience.claimMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        const ms = waitMs(patience, tries, error, Math.random());
        if (!isWorthRepeating(error) || performance.now() + ms > untilMs) throw error;
        await delay(ms, undefined, { signal });
      }
    }
  }
}

/** Tells a result to the service. Errors: those of the API. */
export async function tellResult(api: Api, result: ResultEntry): Promise<void> {
  const { claimId, requestId, report } = result;
  switch (report.kind) {
    case 'confirm': {
      const { deviceName, secretDigest, isVolatile } = report;
      const body = { readBack: { deviceName, secretDigest }, volatile: isVolatile };
      await api.post(`/claims/${claimId}/confirm`, body, requestId);
      return;
    }
    case 'fail':
      await api.post(`/claims/${claimId}/fail`, { reason: report.reason }, requestId);
      return;
  }
}

function grantOf(body: unknown): ClaimGrant {
  const parsed = grantShape.safeParse(body);
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
  return new DomainError('agent.answer_unreadable', 'It is no granted claim.');
}
