import { DomainError } from '../core/errors.js';
import type { Dialect } from './dialect.js';
import { eigencommEcmt } from './dialects/eigencomm-ecmt.js';
import { espAt } from './dialects/esp-at.js';
import { lierdaLmqtt } from './dialects/lierda-lmqtt.js';
import { nrf91 } from './dialects/nrf91.js';
import { quectelQmt } from './dialects/quectel-qmt.js';
import { ubloxSara } from './dialects/ublox-sara.js';

/** Every dialect the engine speaks; the first is taken where a slot names none. */
export const dialects: readonly [Dialect, ...Dialect[]] = [
  lierdaLmqtt,
  eigencommEcmt,
  quectelQmt,
  espAt,
  ubloxSara,
  nrf91,
];

/** Finds a dialect by its id. Errors: `dialect.unknown`. */
export function findDialect(id: string): Dialect {
  const found = dialects.find((dialect) => dialect.id === id);
  if (found === undefined) {
    const known = dialects.map((dialect) => dialect.id).join(', ');
    throw new DomainError('dialect.unknown', `The known dialects are ${known}.`);
  }
  return found;
}
