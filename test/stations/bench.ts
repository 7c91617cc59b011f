import { randomInt } from 'node:crypto';
import { readBackDigest } from '../../src/core/read-back.js';
import { Secret } from '../../src/core/secret.js';
import { hasLuhnCheckDigit } from '../../src/core/unit-identity.js';
import type { Answer, TestService } from '../support/service.js';

/** A granted claim as it is answered. */
export interface Grant {
  readonly claimId: string;
  readonly reissued: boolean;
  readonly attempt: number;
  readonly leaseUntil: string;
  readonly triple: { readonly productKey: string; deviceName: string; deviceSecret: string };
  readonly registration?: { clientId: string; username: string; password: string };
  readonly order: { readonly remaining: number };
  readonly broker: { readonly host: string; readonly port: number };
  readonly code?: string;
}

/** A claim or a problem as it is answered. */
export interface Shown {
  readonly claimId: string;
  readonly state: string;
  readonly stationId: string;
  readonly attempt: number;
  readonly proof: string | null;
  readonly volatile: boolean;
  readonly stale: boolean;
  readonly failReason: string | null;
  readonly code?: string;
}

/** A station with its own key, as a MES on the line uses it. */
export interface Bench {
  readonly stationId: string;
  readonly key: string;
  claim(orderId: string, unit: object, slot?: number): Promise<Answer<Grant>>;
  confirm(grant: Grant, over?: object): Promise<Answer<Shown>>;
  fail(claimId: string, reason?: string): Promise<Answer<Shown>>;
  void(claimId: string, reason?: string): Promise<Answer<Shown>>;
  show(claimId: string): Promise<Answer<Shown>>;
}

/** Enrols a station. */
export async function makeBench(
  { call }: Pick<TestService, 'call'>,
  name = `bench ${serial()}`,
): Promise<Bench> {
  const { body } = await call<{ stationId: string; key: string }>('POST', '/api/v1/stations', {
    name,
  });
  const { stationId, key } = body;
  const post = <T>(path: string, what: object) =>
    call<T>('POST', `/api/v1/claims${path}`, what, key);
  return {
    stationId,
    key,
    claim: (orderId, unit, slot) => post('', { orderId, unit, ...(slot && { slot }) }),
    confirm: (grant, over = {}) =>
      post(`/${grant.claimId}/confirm`, 'readBack' in over ? over : { ...proofOf(grant), ...over }),
    fail: (claimId, reason = 'no answer') => post(`/${claimId}/fail`, { reason }),
    void: (claimId, reason = 'scrap') => post(`/${claimId}/void`, { reason }),
    show: (claimId) => call('GET', `/api/v1/claims/${claimId}`, undefined, key),
  };
}

/** What a jig sends after it has read a unit back. */
export function proofOf({ claimId, triple }: Pick<Grant, 'claimId' | 'triple'>): {
  readBack: object;
} {
  const secretDigest = readBackDigest(new Secret(triple.deviceSecret), claimId);
  return { readBack: { deviceName: triple.deviceName, secretDigest } };
}

/** An IMEI that no other call gave. */
export function freshImei(): string {
  const stem = `86${String(serial()).padStart(12, '0')}`;
  const digits = Array.from({ length: 10 }, (_, digit) => `${stem}${digit}`);
  return digits.find(hasLuhnCheckDigit) ?? '';
}

let last = randomInt(1_000_000_000);

function serial(): number {
  return (last += 1);
}
