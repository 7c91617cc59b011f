import { publicId } from '../core/public-id.js';
import { askOracle } from '../oracle/oracle.js';
import type { Verdict } from '../oracle/oracle.js';
import { ExportAudit } from '../orders/export-audit.js';
import type { Database } from '../platform/database/database.js';

/** Triples that left in a file before a station got them, as many as are told one by one. */
interface Exported {
  readonly count: number;
  readonly examples: readonly string[];
}

/** How the findings are printed. Shape: `all` lists every triple that was claimed after an export. */
export interface VerifyWish {
  readonly json: boolean;
  readonly all: boolean;
}

/** Claims after an export that are told one by one unless all are asked for. */
const mostExamples = 10;

/** Asks the oracle about a database and prints what it found. Shape: whether all rules hold. */
export async function verifyDatabase(database: Database, wish: VerifyWish): Promise<boolean> {
  const verdict = await askOracle(database, (events) => {
    if (events % 500_000 === 0) process.stderr.write(`read ${events} steps of devices\n`);
  });
  const exported = await claimedAfterExport(database, wish.all ? Infinity : mostExamples);
  process.stdout.write(wish.json ? json(verdict, exported) : lines(verdict, exported));
  return verdict.findings.every(({ flaws }) => flaws.length === 0);
}

async function claimedAfterExport(database: Database, most: number): Promise<Exported> {
  const examples: string[] = [];
  let count = 0;
  for await (const found of new ExportAudit(database).findings()) {
    count += 1;
    if (examples.length >= most) continue;
    const { productKey, deviceName, claimId, claimedAt, exportedAt, exportedBy } = found;
    examples.push(
      `${productKey} ${deviceName}: ${publicId('clm', claimId)} at ${claimedAt.toISOString()}, ` +
        `exported at ${exportedAt.toISOString()} by ${exportedBy}`,
    );
  }
  return { count, examples };
}

function json(verdict: Verdict, claimedAfterExport: Exported): string {
  return `${JSON.stringify({ ...verdict, claimedAfterExport }, null, 2)}\n`;
}

function lines({ at, orders, devices, events, findings }: Verdict, exported: Exported): string {
  const head =
    `${orders} orders, ${devices} devices and the ${events} steps of their lives in the history, ` +
    `as of ${at.toISOString()}`;
  const body = findings.flatMap(({ question, flaws }) => [
    `${flaws.length === 0 ? '✔' : '✖'} ${question}`,
    ...flaws.map((flaw) => `    ${flaw}`),
  ]);
  const broken = findings.filter(({ flaws }) => flaws.length > 0).length;
  const end = broken === 0 ? 'All rules hold.' : `${broken} of ${findings.length} are BROKEN.`;
  return [head, ...hint(exported), ...body, end, ''].join('\n');
}

/** No broken rule, so it stands before the rules, which end the page together. */
function hint({ count, examples }: Exported): string[] {
  if (count === 0) return [];
  const hidden = count - examples.length;
  return [
    `! claimed after a file had told them, so that a copy may know their secrets: ${count} triples`,
    ...examples.map((example) => `    ${example}`),
    ...(hidden === 0 ? [] : [`    and ${hidden} more; --all lists them all`]),
  ];
}
