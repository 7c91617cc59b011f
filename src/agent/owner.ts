import { DomainError } from '../core/errors.js';
import type { Journal } from './journal.js';
import type { Me } from './station.js';

/** What it takes to know for whom an agent works. Shape: `server` is a URL. */
export interface OwnerParts {
  readonly journal: Journal;
  readonly server: string;
  readonly askMe: () => Promise<Me>;
}

/**
 * Sees to it that what waits in a journal is told only to the service, and by the station, that it is of.
 *
 * A service would refuse the results of another station for good, and they would be lost.
 */
export class Owner {
  private isSure = false;

  constructor(private readonly parts: OwnerParts) {}

  /**
   * Shape: `me` is what the service has said a moment ago, else it is asked.
   * Errors: `agent.state_foreign`; those of the API while the service has not said who we are.
   */
  async assure(me?: Me): Promise<void> {
    if (this.isSure) return;
    const { journal, server, askMe } = this.parts;
    this.refuseOther((was) => was.server === server);
    const { stationId, name } = me ?? (await askMe());
    this.refuseOther((was) => was.stationId === stationId);
    await journal.append({ kind: 'owner', server, stationId, station: name });
    this.isSure = true;
  }

  private refuseOther(isSame: (was: { server: string; stationId: string }) => boolean): void {
    const { found, path } = this.parts.journal;
    const { owner, waiting, unfinished } = found;
    if (!owner || isSame(owner) || waiting.length + unfinished.length === 0) return;
    const what = `${waiting.length} results and ${unfinished.length} unfinished units`;
    const whose = `${owner.station} (${owner.stationId}) at ${owner.server}`;
    throw new DomainError('agent.state_foreign', `${path} keeps ${what} of ${whose}.`);
  }
}
