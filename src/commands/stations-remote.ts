import type { Api } from './api-client.js';
import { handOut } from './hand-out.js';
import type { KeyPlace } from './hand-out.js';

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
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: { items: ShownStation[]; nextCursor: string | null } = await api.get(
      `/stations?limit=100${query}`,
    );
    for (const station of page.items) process.stdout.write(lineOf(station));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return true;
}

/** Shape: columns by TAB, for `cut` and `awk` as well as for people. */
function lineOf({ stationId, name, line, slots, disabledAt }: ShownStation): string {
  const state = disabledAt === null ? 'in service' : 'out of service';
  return `${[stationId, state, `slots=${slots.length}`, line ?? '-', name].join('\t')}\n`;
}
