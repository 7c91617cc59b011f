import { publicId } from '../core/public-id.js';
import type { ExportFormat, ExportRow, ExportState } from './order-export.js';

/** An export as it is answered. */
export interface ExportView {
  readonly exportId: string;
  readonly orderId: string;
  readonly exportedAt: string;
  readonly exportedBy: string;
  readonly format: ExportFormat;
  /** Shape: fingerprints; none when the file was not encrypted. */
  readonly recipients: readonly string[];
  /** How many triples were to leave, and how many did so far. */
  readonly expected: number;
  readonly given: number;
  readonly state: ExportState;
  /** The last moment a running one was seen to. */
  readonly seenAt: string;
}

/** Builds the answer for one export, field by field. */
export function exportView(row: ExportRow): ExportView {
  return {
    exportId: publicId('exp', row.id),
    orderId: publicId('ord', row.orderId),
    exportedAt: row.exportedAt.toISOString(),
    exportedBy: row.exportedBy,
    format: row.format,
    recipients: row.recipients,
    expected: row.expected,
    given: row.given,
    state: row.state,
    seenAt: row.seenAt.toISOString(),
  };
}
