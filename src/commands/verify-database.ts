import { publicId } from '../core/public-id.js';
import { askOracle, mostFlaws } from '../oracle/oracle.js';
import type { Verdict } from '../oracle/oracle.js';
import { ExportAudit } from '../orders/export-audit.js';
import type { Database } from '../platform/database/database.js';

/** Triples that left in a file before a station got them, as many as are told one by one. */
interface Exported {
  readonly count: number;
  readonly examples: readonly string[];
}

/** Asks the oracle about a database and prints what it found. Shape: whether all rules hold. */
export async function verifyDatabase(database: Database, asJson: boolean): Promise<boolean> {
  const verdict = await askOracle(database, (events) => {
    if (events % 500_000 === 0) process.stderr.write(`read ${events} entries of the history\n`);
  });
  const exported = await claimedAfterExport(database);
  process.stdout.write(asJson ? json(verdict, exported) : lines(verdict, exported));
  return verdict.findings.every(({ flaws }) => flaws.length === 0);
}

async function claimedAfterExport(database: Database): Promise<Exported> {
  const examples: string[] = [];
  let count = 0;
  for await (const found of new ExportAudit(database).findings()) {
    count += 1;
    if (examples.length >= mostFlaws) continue;
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
  const head = `${orders} orders, ${devices} devices, ${events} entries of the history, as of ${at.toISOString()}`;
  const body = findings.flatMap(({ question, flaws }) => [
    `${flaws.length === 0 ? '✔' : '✖'} ${question}`,
    ...flaws.map((flaw) => `    ${flaw}`),
  ]);
  const hint =
    exported.count === 0
      ? []
      : [
          `! ${exported.count} triples were claimed after a file had told them: a copy may know their secrets`,
          ...exported.examples.map((example) => `    ${example}`),
        ];
  const broken = findings.filter(({ flaws }) => flaws.length > 0).length;
  const end = broken === 0 ? 'All rules hold.' : `${broken} of ${findings.length} are BROKEN.`;
  return [head, ...body, ...hint, end, ''].join('\n');
}
