import { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
import { dialects } from '../at/find-dialect.js';
import type { Api } from '../commands/api-client.js';
import { DomainError } from '../core/errors.js';
import { parseDialect } from '../dialects/parse-dialect.js';
import type { StationSlot } from '../stations/slot-port.js';

const listShape = z.object({ items: z.array(z.object({ id: z.string() })) });

/** Finds the dialects that slots name beside the built-in ones. */
export type LearnDialects = (slots: readonly StationSlot[]) => Promise<readonly Dialect[]>;

/**
 * Learns dialects from the service, but for those that the engineer has given.
 *
 * Errors: those of the API, `dialect.unknown` where the service does not know it either;
 * `agent.answer_unreadable` where this version cannot speak it.
 */
export function learnFrom(api: Api, given: readonly Dialect[]): LearnDialects {
  const known = knownIds(given);
  return async (slots) => {
    const named = new Set(slots.flatMap(({ dialect }) => dialect ?? []));
    const missing = [...named].filter((id) => !known.has(id));
    return [...given, ...(await Promise.all(missing.map((id) => askDialect(api, id))))];
  };
}

/**
 * Learns every dialect that engineers have added to the service, for modules whose slot names none.
 *
 * Shape: those that are given stand for the service's of the same id. One that cannot be had is told to
 * `onTrouble` and left out: no slot needs it by its name.
 */
export async function learnOwn(
  api: Api,
  given: readonly Dialect[],
  onTrouble: (what: string, error: unknown) => void,
): Promise<readonly Dialect[]> {
  const leftOut = (what: string) => (error: unknown) => {
    onTrouble(what, error);
    return [];
  };
  const ids = await askIds(api).catch(leftOut('the dialects of the service'));
  const known = knownIds(given);
  const missing = ids.filter((id) => !known.has(id));
  const learnt = await Promise.all(
    missing.map((id) =>
      askDialect(api, id).then((dialect) => [dialect], leftOut(`the dialect ${id}`)),
    ),
  );
  return [...given, ...learnt.flat()];
}

async function askIds(api: Api): Promise<string[]> {
  const parsed = listShape.safeParse(await api.get('/dialects'));
  if (parsed.success) return parsed.data.items.map(({ id }) => id);
  throw new DomainError('agent.answer_unreadable', 'It is no list of dialects.');
}

function knownIds(given: readonly Dialect[]): ReadonlySet<string> {
  return new Set([...dialects, ...given].map(({ id }) => id));
}

async function askDialect(api: Api, id: string): Promise<Dialect> {
  const parsed = parseDialect(await api.get(`/dialects/${encodeURIComponent(id)}`));
  if ('dialect' in parsed) return parsed.dialect;
  throw new DomainError('agent.answer_unreadable', `It is not a dialect ${id} that is known here.`);
}
