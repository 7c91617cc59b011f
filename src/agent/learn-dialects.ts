import type { Dialect } from '../at/dialect.js';
import { dialects } from '../at/find-dialect.js';
import type { Api } from '../commands/api-client.js';
import { DomainError } from '../core/errors.js';
import { parseDialect } from '../dialects/parse-dialect.js';
import type { StationSlot } from '../stations/slot-port.js';

/** Finds the dialects that slots name beside the built-in ones. */
export type LearnDialects = (slots: readonly StationSlot[]) => Promise<readonly Dialect[]>;

/**
 * Learns dialects from the service, but for those that the engineer has given.
 *
 * Errors: those of the API, `dialect.unknown` where the service does not know it either;
 * `agent.answer_unreadable` where this version cannot speak it.
 */
export function learnFrom(api: Api, given: readonly Dialect[]): LearnDialects {
  const known = new Set([...dialects, ...given].map(({ id }) => id));
  return async (slots) => {
    const named = new Set(slots.flatMap(({ dialect }) => dialect ?? []));
    const missing = [...named].filter((id) => !known.has(id));
    return [...given, ...(await Promise.all(missing.map((id) => askDialect(api, id))))];
  };
}

async function askDialect(api: Api, id: string): Promise<Dialect> {
  const parsed = parseDialect(await api.get(`/dialects/${encodeURIComponent(id)}`));
  if ('dialect' in parsed) return parsed.dialect;
  throw new DomainError('agent.answer_unreadable', `It is not a dialect ${id} that is known here.`);
}
