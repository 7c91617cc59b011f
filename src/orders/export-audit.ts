import { publicId } from '../core/public-id.js';
import type { Database } from '../platform/database/database.js';
import type { ClaimedAfterExport } from './order-export.js';
import { OrderExportStore } from './order-export.store.js';

/** Findings read at once. */
const pageSize = 500;

/** Looks for triples that a station got although a file had told their secrets before. */
export class ExportAudit {
  constructor(
    private readonly database: Pick<Database, 'single'>,
    private readonly store = new OrderExportStore(),
  ) {}

  /** Answers all findings, by claim; each a hint to look at, no broken rule by itself. */
  async *findings(): AsyncGenerator<ClaimedAfterExport> {
    let after = 0;
    for (;;) {
      const page = await this.store.claimedAfterExport(this.database.single, after, pageSize);
      const last = page.at(-1);
      if (!last) return;
      yield* page;
      after = last.claimId;
    }
  }
}

/** Tells a finding in one line, without a secret. */
export function exportFindingLine(finding: ClaimedAfterExport): string {
  const { claimId, productKey, deviceName, unit, stationId, exportId, exportedBy } = finding;
  return (
    `${publicId('clm', claimId)}: ${productKey}/${deviceName} was claimed by ` +
    `${publicId('st', stationId)} for ${unit} at ${finding.claimedAt.toISOString()}, after ` +
    `${publicId('exp', exportId)} by ${exportedBy} at ${finding.exportedAt.toISOString()}`
  );
}
