import { DomainError } from '../core/errors.js';
import { nearestName } from '../core/nearest-name.js';
import type { Dialect } from './dialect.js';
import { aliyunIdm } from './dialects/aliyun-idm.js';
import { cmccMl307 } from './dialects/cmcc-ml307.js';
import { fibocomL610 } from './dialects/fibocom-l610.js';
import { luat } from './dialects/luat.js';
import { neoway } from './dialects/neoway.js';
import { simcomA76xx } from './dialects/simcom-a76xx.js';
import { simcomSim70xx } from './dialects/simcom-sim70xx.js';
import { yugeImqtt } from './dialects/yuge-imqtt.js';
import { eigencommEcmt } from './dialects/eigencomm-ecmt.js';
import { espAt } from './dialects/esp-at.js';
import { lierdaLmqtt } from './dialects/lierda-lmqtt.js';
import { nrf91 } from './dialects/nrf91.js';
import { quectelQmt } from './dialects/quectel-qmt.js';
import { ubloxSara, ubloxSaraR4 } from './dialects/ublox-sara.js';

/** Every dialect the engine speaks. */
export const dialects: readonly Dialect[] = [
  lierdaLmqtt,
  eigencommEcmt,
  quectelQmt,
  espAt,
  ubloxSara,
  ubloxSaraR4,
  nrf91,
  simcomA76xx,
  simcomSim70xx,
  fibocomL610,
  cmccMl307,
  neoway,
  luat,
  yugeImqtt,
  aliyunIdm,
];

/** Finds a dialect by its id, a built-in one first. Errors: `dialect.unknown`, with the nearest id. */
export function findDialect(id: string, own: readonly Dialect[] = []): Dialect {
  const all = [...dialects, ...own];
  const found = all.find((dialect) => dialect.id === id);
  if (found === undefined) throw unknown(id, [...new Set(all.map((dialect) => dialect.id))]);
  return found;
}

function unknown(id: string, known: readonly string[]): DomainError {
  const list = `The known dialects are ${known.join(', ')}.`;
  if (!/^[\w.-]{1,40}$/.test(id)) return new DomainError('dialect.unknown', list);
  const nearest = nearestName(id, known);
  const detail =
    nearest === undefined ? `${id} is none.` : `${id} is none; ${nearest} is the nearest.`;
  return new DomainError(
    'dialect.unknown',
    `${detail} ${list}`,
    nearest === undefined ? {} : { nearest },
  );
}
