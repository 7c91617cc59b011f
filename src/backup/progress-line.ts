import type { Progress } from './make-backup.js';

/** Units: ms between two lines. */
const everyMs = 1000;

/** Tells on standard error how far long work is, once a second and for every table. */
export function progressLine(verb: string): (progress: Progress) => void {
  let table = '';
  let toldAtMs = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (progress.table === table && now - toldAtMs < everyMs) return;
    table = progress.table;
    toldAtMs = now;
    process.stderr.write(`${verb} ${table}: ${progress.rows.toLocaleString('en')} rows\n`);
  };
}
