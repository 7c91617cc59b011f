import { AuditStore } from '../audit/audit.store.js';
import { commandLineActor } from '../audit/audit-event.js';
import { openMasterKey } from '../platform/keys/open-key-ring.js';
import type { KeyRing } from '../platform/keys/key-ring.js';
import { retireOthers } from '../platform/keys/retire.js';
import { rotate } from '../platform/keys/rotation.js';
import { sealedColumns } from '../sealed-columns.js';
import { onSite } from './local.js';
import type { Site } from './local.js';

/** What happens to the keys that seal nothing any more. */
export interface AfterRotation {
  readonly isRetiring: boolean;
  readonly isForgetting: boolean;
}

const audit = new AuditStore();

/**
 * Rotates the master key; what comes of it is told on standard output, how far it is on error.
 *
 * Shape: who retires the old keys makes no new one, but ends a rotation that broke off.
 */
export async function rotateMaster(after: AfterRotation): Promise<void> {
  await onSite(async (site) => {
    const { database, env } = site;
    const { ring } = await database.inTransaction((tx) =>
      openMasterKey(tx, env.masterKeyFile, new Date()),
    );
    const isTurned = await turn(site, ring, !after.isRetiring);
    if (after.isRetiring) await retire(site, ring, after.isForgetting);
    if (isTurned) {
      tell(`Back up ${ring.place} now: backups made from here on open with it only.`);
    }
    return true;
  });
}

/** Answers whether another key seals now, or what was stored was sealed again. */
async function turn({ database }: Site, ring: KeyRing, mayMakeKey: boolean): Promise<boolean> {
  const { kid, isNew, isResumed, values } = await rotate({
    database,
    ring,
    columns: sealedColumns,
    mayMakeKey,
    now: () => new Date(),
    onTurned: async (tx, detail) => {
      await audit.record(tx, { action: 'keys.rotated', actor: commandLineActor, detail });
    },
    onProgress: (done, total) => {
      process.stderr.write(`sealed again: ${done} of ${total}\n`);
    },
  });
  if (!isNew && !isResumed) {
    tell(`No new key was made: ${kid} seals everything.`);
    return false;
  }
  await database.inTransaction(async (tx) => {
    const detail = { kid, values };
    await audit.record(tx, { action: 'keys.rewrapped', actor: commandLineActor, detail });
  });
  const how = isResumed ? 'An earlier rotation went on' : 'A new key was made';
  tell(`${how}: ${kid} seals everything; ${values} values were sealed again.`);
  return true;
}

async function retire({ database }: Site, ring: KeyRing, isForgetting: boolean): Promise<void> {
  const kids = await retireOthers({
    database,
    ring,
    columns: sealedColumns,
    now: () => new Date(),
    isForgetting,
    onRetired: async (tx, kid) => {
      const detail = { kid, isForgotten: isForgetting };
      await audit.record(tx, { action: 'keys.retired', actor: commandLineActor, detail });
    },
  });
  const what = isForgetting ? 'removed from the file' : 'retired, kept in the file for old backups';
  for (const kid of kids) tell(`${kid}: ${what}.`);
  if (kids.length === 0) tell('No old key is left to retire.');
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
