import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Units: ms between two looks, and how many looks at most. */
const lookMs = 1_000;
const maxLooks = 20;
/** Looks in a row that must agree, and within which share of the memory. */
const alike = 4;
const tolerance = 0.005;

/** Source: Linux, sysconf(_SC_CLK_TCK), the same on every machine that Node runs on. */
const ticksPerSecond = 100;

/** How many files a process may have open; 0 where nobody tells. Source: Linux, proc(5). */
export async function maxOpenFiles(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  return Number(/^Max open files +(\d+)/m.exec(text)?.[1] ?? 0);
}

/**
 * The resident memory of a process once it moves no more, or after a while.
 *
 * Units: MB of 1,000,000 bytes. Source: Linux, proc(5), VmRSS.
 */
export async function settledMegabytes(pid: number): Promise<number> {
  const seen: number[] = [];
  for (let look = 0; look < maxLooks; look += 1) {
    await delay(lookMs);
    seen.push(await residentMegabytes(pid));
    const last = seen.slice(-alike);
    const spread = Math.max(...last) - Math.min(...last);
    if (last.length === alike && spread <= tolerance * Math.max(...last)) break;
  }
  return seen.at(-1) ?? Number.NaN;
}

/** The resident memory of a process now. Units and source: as above. */
export async function residentMegabytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) * 1024) / 1e6;
}

/** The processor time that a process has used, its own and the kernel's for it. Units: seconds. Source: Linux, proc(5). */
export async function processorSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in brackets and may hold blanks; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
