import { randomBytes } from 'node:crypto';
import type { Dialect } from '../at/dialect.js';
import { DomainError } from '../core/errors.js';
import { Secret } from '../core/secret.js';
import type { ClaimGrant, Claims } from '../jig/claims.js';
import type { SlotPhase, SlotResult } from '../jig/slot-result.js';
import { runSlot } from '../jig/slot-runner.js';
import type { SlotRunnerOptions } from '../jig/slot-options.js';

/** How a trial is made. Shape: without `dialect` the built-in ones are asked; nothing is written then. */
export interface TrialWish extends Pick<SlotRunnerOptions, 'port' | 'signal' | 'timeoutScale'> {
  readonly dialect: Dialect | undefined;
  readonly isWriting: boolean;
}

/** What a module was found to do. Shape: `isKnown` undefined where the dialect asks nothing. */
export interface Trial {
  readonly isKnown: boolean | undefined;
  readonly result: SlotResult;
  readonly phases: readonly SlotPhase[];
}

/** Tries a dialect on a module, as a slot of a jig would, with a made-up triple or with none. */
export async function runTrial({ dialect, isWriting, ...shared }: TrialWish): Promise<Trial> {
  const asks = dialect === undefined || dialect.match.length > 0;
  const common = { ...shared, slot: 1, orderId: 'trial', ...(dialect && { dialects: [dialect] }) };
  const look = (named: Dialect | undefined) =>
    observe({ ...common, dialect: named, claims: closed });
  const asked = asks ? await look(undefined) : undefined;
  const isKnown = asked && asked.result.reason !== 'dialect_unknown';
  // A module that does not even say what it is will not take a triple.
  if (asked && isKnown && asked.result.dialect === undefined)
    return { ...asked, isKnown: undefined };
  if (!dialect || !isWriting)
    return { ...(asked && isKnown ? asked : await look(dialect)), isKnown };
  // Whatever the dialect says of it, the restart shows what is kept.
  const open: Dialect = { ...dialect, persistence: 'unknown' };
  return { ...(await observe({ ...common, dialect: open, claims: madeUpClaims() })), isKnown };
}

async function observe(options: SlotRunnerOptions): Promise<Pick<Trial, 'result' | 'phases'>> {
  const phases: SlotPhase[] = [];
  const result = await runSlot({ ...options, onProgress: ({ phase }) => phases.push(phase) });
  return { result, phases };
}

/** Grants nothing, so that a slot ends once it knows its unit. */
const closed: Claims = {
  claim: () => Promise.reject(new DomainError('request.invalid', 'Nothing is written.')),
  confirm: () => Promise.resolve(),
  fail: () => Promise.resolve(),
};

/** Grants a triple that no service knows, and takes every proof: the jig has compared by then. */
function madeUpClaims(): Claims {
  const grant: ClaimGrant = {
    claimId: 'trial',
    attempt: 1,
    reissued: false,
    credential: {
      kind: 'device-secret',
      productKey: 'a1Trial0000',
      deviceName: `trial_${randomBytes(4).toString('hex')}`,
      deviceSecret: new Secret(randomBytes(16).toString('hex')),
    },
    broker: { host: 'broker.invalid', port: 1883 },
    acceptVolatile: true,
    acceptProofs: ['digest', 'fingerprint'], // there is no broker that knows the triple
  };
  return { ...closed, claim: () => Promise.resolve(grant) };
}
