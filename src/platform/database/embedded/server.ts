import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../../../core/errors.js';
import { takeSeat } from './guard.js';
import type { Guard, GuardRefusal } from './guard.js';
import { isAlive, isStale, readPidFile, removeStalePidFile } from './pid-file.js';
import type { Place } from './place.js';
import { launchPostmaster, readStartupLog, stopPostmaster } from './postmaster.js';
import type { Postmaster, ServerSettings } from './postmaster.js';
import { pickPort } from './port.js';

/** A seat at the server and the port it serves on. */
export interface Meeting {
  readonly guard: Guard;
  readonly port: number;
  readonly isAdopted: boolean;
}

/** Why to stop trying: the caller has lost interest. */
export type IsCancelled = () => boolean;

const patienceMs = 10_000;
/** Units: ms of a stop. */
const goodbyeMs = 4000;
const pauseMs = 20;
const longestPauseMs = 500;

/** The one server of a cluster, as one of the processes that share it sees it. */
export class Server {
  #postmaster: Postmaster | undefined;
  #launches = 0;

  constructor(
    private readonly place: Place,
    private readonly settings: ServerSettings,
  ) {}

  /**
   * Connects to the running server, launching it when there is none, until that works.
   *
   * Shape: `port` is the one to serve on; left out, the last one or a new one is taken.
   * Units: gives up after 10 s without progress; a server that is recovering is waited for.
   * Errors: `database.embedded_failed`.
   */
  async meet(port: number | undefined, isCancelled: IsCancelled): Promise<Meeting> {
    let giveUpAt = Date.now() + patienceMs;
    let refusal: GuardRefusal | undefined;
    this.#launches = 0;
    while (!isCancelled() && Date.now() < giveUpAt) {
      const file = await readPidFile(this.place.cluster);
      if (file?.port !== undefined) {
        const seat = await takeSeat(this.place, file.port);
        if (typeof seat === 'object') {
          return { guard: seat, port: file.port, isAdopted: file.pid !== this.#postmaster?.pid };
        }
        refusal = seat;
        if (seat === 'starting') giveUpAt = Date.now() + patienceMs;
        if (seat === 'foreign' && (await this.#isOurs(file.pid))) break;
      }
      await this.#launchIfNone(file?.pid, port);
      await delay(Math.min(pauseMs * 2 ** Math.max(0, this.#launches - 1), longestPauseMs));
    }
    if (this.#postmaster?.isAlive() === true) await this.stop(); // leave nothing behind
    throw await this.#givenUp(refusal);
  }

  /**
   * Takes a seat at the server if it still runs, waiting for one that recovers or stops.
   *
   * Shape: `gone` when there is no server any more, `silent` when one runs and lets nobody in.
   */
  async meetAgain(): Promise<Guard | 'gone' | 'silent'> {
    const giveUpAt = Date.now() + goodbyeMs;
    while (Date.now() < giveUpAt) {
      const file = await readPidFile(this.place.cluster);
      if (file === undefined || !(await this.#isOurs(file.pid))) return 'gone';
      const seat = file.port === undefined ? undefined : await takeSeat(this.place, file.port);
      if (typeof seat === 'object') return seat;
      await delay(pauseMs);
    }
    return 'silent';
  }

  /** Stops the server, whoever launched it. Errors: `database.embedded_failed`. */
  async stop(): Promise<void> {
    await stopPostmaster(this.place);
    this.#postmaster?.interrupt(); // one that has no pid file yet is not found by pg_ctl
    await this.#postmaster?.waitForEnd();
  }

  async #launchIfNone(pid: number | undefined, port: number | undefined): Promise<void> {
    if (this.#postmaster?.isAlive() === true) return;
    const { cluster } = this.place;
    if (pid !== undefined && (await this.#isOurs(pid))) return; // it starts, recovers or stops; wait
    if (pid !== undefined && isAlive(pid)) await removeStalePidFile(cluster, pid);
    this.#launches += 1;
    const wanted = port ?? (await pickPort(cluster));
    this.#postmaster = await launchPostmaster(this.place, wanted, this.settings);
  }

  async #isOurs(pid: number): Promise<boolean> {
    return isAlive(pid) && !(await isStale(this.place.cluster, pid));
  }

  async #givenUp(refusal: GuardRefusal | undefined): Promise<DomainError> {
    const { cluster } = this.place;
    const detail =
      refusal === 'foreign'
        ? `The password file beside ${cluster} does not open it. Put back the file that belongs to it.`
        : `PostgreSQL in ${cluster} does not start. It says: ${await readStartupLog(cluster)}`;
    return new DomainError('database.embedded_failed', detail);
  }
}
