import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { AuditStore } from '../audit/audit.store.js';
import { systemActor } from '../audit/audit-event.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { publicId } from '../core/public-id.js';
import type { JigMode } from '../jig/batch.js';
import type { JigSlot } from '../jig/jig.js';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { Logger } from '../platform/logger.js';
import { Signals } from '../platform/signals/signals.js';
import type { RunState } from './run.js';
import { RunEventStore } from './run-event.store.js';
import { RunRecorder } from './run-recorder.js';
import { RunStore } from './run.store.js';

/** Units: seconds of silence after which a run counts as dead. */
const silentSeconds = 30;

/** What a run is started with. */
export interface RunRequest {
  readonly actor: Actor;
  readonly stationId: number;
  readonly orderId: number;
  /** The host by which the caller reached the service; modules reach the broker there as well. */
  readonly host: string;
  readonly mode: JigMode;
  /** How often a slot is tried again, 0 to 3. */
  readonly retries: number;
}

/** Writes down what runs come to: their rows, their events and the history. */
@Injectable()
export class RunRecords {
  constructor(
    private readonly database: Database,
    private readonly store: RunStore,
    private readonly events: RunEventStore,
    private readonly audit: AuditStore,
    private readonly signals: Signals,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Notes a new run and calls `onCommit` with its number. Errors: `run.in_progress`, which names it. */
  async begin(
    request: RunRequest & { readonly productKey: string },
    slots: readonly JigSlot[],
    onCommit: (id: number) => void,
  ): Promise<number> {
    const { actor, stationId, orderId, productKey, mode, retries } = request;
    const id = await this.database.inTransaction(async (tx) => {
      const rows = slots.map(({ slot, port, dialect }) => ({
        slot,
        port,
        dialect: dialect?.id ?? null,
      }));
      const made = await this.store.insert(tx, { stationId, orderId }, rows);
      if (made === undefined) throw inProgress(await this.store.running(tx, stationId));
      await this.events.begin(tx, made);
      const numbers = slots.map(({ slot }) => slot);
      const detail = { run: publicId('run', made), slots: numbers, mode, retries };
      await this.audit.record(tx, { action: 'run.started', actor, productKey, orderId, detail });
      return made;
    });
    await this.database.afterCommit(() => {
      onCommit(id);
    });
    return id;
  }

  /** The recorder of a run that this process works on. */
  recorder(id: number): RunRecorder {
    return new RunRecorder({
      write: async (events, slots) => {
        const tx = this.database.single;
        await this.events.write(tx, id, events, slots);
        // Whoever misses the signal looks again at the next one, or at its next heartbeat.
        await this.signals.sendAll(tx, 'run', [String(id)]).catch(() => undefined);
      },
    });
  }

  /** Notes the end of a run, with all that is still to be written of it. */
  async end(
    id: number,
    { actor, orderId }: RunRequest,
    recorder: RunRecorder,
    state: Exclude<RunState, 'running'>,
  ): Promise<void> {
    await this.#insist(async () => {
      await recorder.finish();
      await this.database.inTransaction(async (tx) => {
        if (!(await this.store.end(tx, id, state))) return;
        await this.events.close(tx, [id]);
        await this.signals.send(tx, 'run', String(id));
        const detail = { run: publicId('run', id), state };
        await this.audit.record(tx, { action: 'run.ended', actor, orderId, detail });
      });
    });
  }

  /** Asks the process that works on a run, at whatever copy of the service, to end it. */
  async askAbort(id: number): Promise<void> {
    await this.database.inTransaction(async (tx) => {
      await this.store.askAbort(tx, id);
      await this.signals.send(tx, 'run-abort', String(id));
    });
  }

  /** Says that the runs of this process live, gives those it is to end, and ends those whose process has died. */
  async look(mine: readonly number[]): Promise<readonly number[]> {
    const toEnd = await this.store.touch(this.database.single, mine);
    await this.database.inTransaction(async (tx) => {
      const silent = await this.store.abortSilent(tx, silentSeconds);
      if (silent.length > 0) await this.events.close(tx, silent);
      for (const id of silent) {
        await this.signals.send(tx, 'run', String(id));
        const detail = { run: publicId('run', id), state: 'aborted', reason: 'process died' };
        await this.audit.record(tx, { action: 'run.ended', actor: systemActor, detail });
      }
    });
    return toEnd;
  }

  /** The unit is done; the record must not be lost to a database that is away for a moment. */
  async #insist(write: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await write();
        return;
      } catch (error) {
        this.log.warn({ err: error, tries }, 'run.not_saved');
        if (tries >= 5) return;
        await delay(1000 * tries);
      }
    }
  }
}

/** Shape: undefined where it has ended since. */
function inProgress(id: number | undefined): DomainError {
  if (id === undefined) return new DomainError('run.in_progress', '');
  const runId = publicId('run', id);
  return new DomainError('run.in_progress', `The station is working on ${runId}.`, { runId });
}
