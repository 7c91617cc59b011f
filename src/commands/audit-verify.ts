import { SealReaderStore } from '../audit/seal-reader.store.js';
import { SealStore } from '../audit/seal.store.js';
import { verifyHistory } from '../audit/verify-history.js';
import type { HistoryFlaw, KeptHead } from '../audit/verify-history.js';
import type { Database } from '../platform/database/database.js';

/** Units: ms between two lines of progress. */
const sayEveryMs = 2000;

/** Verifies the history of a database and prints what was found. Shape: whether all is well. */
export async function verifySite(
  database: Database,
  keptHead: KeptHead | undefined,
): Promise<boolean> {
  const tx = database.single;
  const { count, since } = await unsealedOf(database);
  const verdict = await verifyHistory({
    tx,
    store: new SealReaderStore(),
    keptHead,
    onSeal: progress(),
  });
  const { flaw, rows, seals } = verdict;
  if (flaw) {
    process.stdout.write(`${wordsOf(flaw)}\n`);
    return false;
  }
  const kept = keptHead ? ', the kept head is part of it' : '';
  process.stdout.write(`The history is whole: ${rows} rows in ${seals} seals${kept}.\n`);
  if (since) {
    const waiting = `${count} newer rows were not sealed yet, the oldest of ${since.toISOString()}`;
    process.stderr.write(`${waiting}; a running service seals them within seconds.\n`);
  }
  return true;
}

async function unsealedOf(database: Database) {
  const store = new SealStore();
  return await store.unsealed(database.single, await store.head(database.single));
}

function progress(): (seal: { readonly lastId: bigint; readonly seq: bigint }) => void {
  let saidAtMs = performance.now();
  return ({ seq, lastId }) => {
    if (performance.now() < saidAtMs + sayEveryMs) return;
    saidAtMs = performance.now();
    process.stderr.write(`verified up to row ${lastId} (seal ${seq})\n`);
  };
}

function wordsOf(flaw: HistoryFlaw): string {
  switch (flaw.kind) {
    case 'row_altered':
      return `Row ${flaw.id} was altered: it is not what seal ${flaw.seq} saw. It says it was written ${flaw.at}.`;
    case 'row_inserted':
      return `Row ${flaw.id} was inserted afterwards: seal ${flaw.seq} does not know it. It says it was written ${flaw.at}.`;
    case 'row_missing':
      return `Row ${flaw.id} was deleted: seal ${flaw.seq} saw it.`;
    case 'row_ahead':
      return `Row ${flaw.id} was inserted with an id that the database has not given out. It says it was written ${flaw.at}.`;
    case 'seal_missing':
      return `Seal ${flaw.seq} was deleted: nothing proves the rows after ${flaw.after}, up to ${flaw.lastId}.`;
    case 'seal_altered':
      return `Seal ${flaw.seq} does not follow from seal ${flaw.seq - 1n}: one of them was altered or made anew. Nothing proves the rows after ${flaw.after}, up to ${flaw.lastId}.`;
    case 'head_differs':
      return `Seal ${flaw.seq} is not the one that was kept: the chain was made anew, and rows up to ${flaw.lastId} may have been altered.`;
    case 'head_missing':
      return `Seal ${flaw.seq}, the one that was kept, is missing: the history was cut off, or an older state of it restored. It ends at row ${flaw.lastId}.`;
  }
}
