import type { Actor } from '../audit/audit-event.js';

/** The forms of a file of triples. */
export const exportFormats = ['csv', 'jsonl', 'xlsx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** For whom the cells of a CSV are: `spreadsheet` guards those that would be formulas. */
export const cellRules = ['machine', 'spreadsheet'] as const;
export type CellRule = (typeof cellRules)[number];

/** What an export became; one that is `running` was left by a service that is gone, if nobody sees to it. */
export const exportStates = ['running', 'complete', 'broken_off'] as const;
export type ExportState = (typeof exportStates)[number];

/** What somebody wants to have in a file. Shape: no recipient is no encryption. */
export interface ExportWish {
  readonly orderId: number;
  readonly format: ExportFormat;
  readonly cells: CellRule;
  readonly recipients: readonly string[];
}

/** An export as it begins. */
export interface NewExport {
  readonly actor: Actor;
  readonly orderId: number;
  readonly format: ExportFormat;
  /** Shape: fingerprints, see `export-encryption.ts`. */
  readonly recipients: readonly string[];
  /** Where the devices lie whose triples may be in the file. */
  readonly first: number;
  readonly last: number;
  readonly expected: number;
}

/** How far an export is: the triples handed on, and the last device among them. */
export interface ExportProgress {
  readonly given: number;
  readonly lastId: number;
}

/** An export as it is stored. */
export interface ExportRow {
  readonly id: number;
  readonly orderId: number;
  readonly exportedAt: Date;
  readonly exportedBy: string;
  readonly format: ExportFormat;
  readonly recipients: readonly string[];
  readonly expected: number;
  readonly given: number;
  readonly state: ExportState;
  readonly seenAt: Date;
}

/** A triple that a station claimed when a file had told it already. */
export interface ClaimedAfterExport {
  readonly claimId: number;
  readonly claimedAt: Date;
  readonly orderId: number;
  readonly productKey: string;
  readonly deviceName: string;
  readonly unit: string;
  readonly stationId: number;
  readonly exportId: number;
  readonly exportedAt: Date;
  readonly exportedBy: string;
}
