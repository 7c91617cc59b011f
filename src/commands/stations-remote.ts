import type { Api } from './api-client.js';
import { handOut } from './hand-out.js';
import type { KeyPlace } from './hand-out.js';
import { printTable } from './table.js';

/** A station as it is enrolled on the command line. */
export interface StationWish extends KeyPlace {
  readonly line?: string;
}

/** A station as far as the command line looks at it. */
interface ShownStation {
  readonly stationId: string;
  readonly name: string;
  readonly line: string | null;
  readonly slots: readonly object[];
  readonly disabledAt: string | null;
}

interface NewStation extends ShownStation {
  readonly key: string;
}

/** Enrols a station and hands its key out. Errors: those of `handOut`. */
export async function enrol(api: Api, name: string, wish: StationWish): Promise<boolean> {
  return await handOut(wish, async () => {
    const made = await api.post<NewStation>('/stations', { name, line: wish.line });
    const { stationId, key } = made;
    return { key, line: `${stationId} was enrolled; its key is not shown again` };
  });
}

/** Prints every station in a line. */
export async function list(api: Api): Promise<boolean> {
  const header = ['station', 'state', 'slots', 'line', 'name'];
  return await printTable<ShownStation>(api, '/stations?limit=100', {
    header,
    cellsOf: (station) => [
      station.stationId,
      station.disabledAt === null ? 'in service' : 'out of service',
      station.slots.length,
      ...[station.line ?? '-', station.name],
    ],
  });
}
