import type { Api } from '../commands/api-client.js';
import type { JigProof } from '../jig/claims.js';
import type { Answer } from '../jig/gatherer.js';
import type { ResultEntry } from './journal-entry.js';
import { isWorthRepeating } from './patience.js';
import { readTaken } from './service-answers.js';

/** Results that go out together. Shape: `requestId` stays while the service has not answered. */
export interface Batch {
  readonly requestId: string;
  readonly results: readonly ResultEntry[];
}

/** As many as the service takes in one request. */
const mostInBatch = 64;

/**
 * Takes from the head of a queue what goes out next: its confirms together, a fail alone.
 *
 * Shape: `makeId` makes the id of a batch of confirms: its answer is kept by the service under that
 * id, refusals of entries included, so another try after an answer needs another id. A refused fail
 * is not kept; it goes by its own id for ever.
 */
export function nextBatch(queue: readonly ResultEntry[], makeId: () => string): Batch | undefined {
  const [first] = queue;
  if (first === undefined) return undefined;
  if (first.report.kind === 'fail') return { requestId: first.requestId, results: [first] };
  const end = queue.findIndex(({ report }) => report.kind === 'fail');
  const confirms = queue.slice(0, end < 0 ? undefined : end);
  return { requestId: makeId(), results: confirms.slice(0, mostInBatch) };
}

/** Tells results to the service. Shape: an answer to each. Errors: why there is no answer. */
export async function tellResults(
  api: Api,
  { requestId, results }: Batch,
): Promise<readonly Answer<undefined>[]> {
  const confirms: unknown[] = [];
  for (const { claimId, report } of results) {
    if (report.kind === 'fail') return [await tellFail(api, requestId, claimId, report.reason)];
    confirms.push({ claimId, ...proofField(report.proof), volatile: report.isVolatile });
  }
  const body = await api.post('/claims/confirm/batch', { confirms }, requestId);
  return readTaken(body, confirms.length);
}

/** The proof as the body of a confirm has it. */
function proofField({ kind, ...readBack }: JigProof): object {
  return kind === 'login' ? { login: true } : { readBack };
}

async function tellFail(
  api: Api,
  requestId: string,
  claimId: string,
  reason: string,
): Promise<Answer<undefined>> {
  try {
    await api.post(`/claims/${claimId}/fail`, { reason }, requestId);
    return { ok: true, value: undefined };
  } catch (error) {
    if (isWorthRepeating(error)) throw error;
    return { ok: false, error };
  }
}
