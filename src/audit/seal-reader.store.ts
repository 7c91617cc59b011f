import { Injectable } from '@nestjs/common';
import { rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { Seal, SealedRow } from './seal-format.js';
import { sealedTexts } from './seal.store.js';

/** A row to be verified. */
export interface RowToVerify {
  readonly id: bigint;
  /** When it says it was written, as text. */
  readonly at: string;
  readonly texts: SealedRow;
}

interface SealTexts {
  readonly seq: string;
  readonly lastId: string;
  readonly sealedAtMicros: string;
  readonly entries: Buffer;
  readonly hash: Buffer;
}

/** Reads seals and what they cover, page by page. */
@Injectable()
export class SealReaderStore {
  /** The next seals after one, oldest first. */
  async sealsAfter(tx: Tx, seq: bigint, limit: number): Promise<Seal[]> {
    const found = await rows<SealTexts>(
      tx,
      `SELECT seq::text, last_id::text AS "lastId", entries, hash,
         trunc(extract(epoch FROM sealed_at) * 1000000)::text AS "sealedAtMicros"
       FROM audit_seal WHERE seq > $1 ORDER BY audit_seal.seq LIMIT $2`,
      [String(seq), limit],
    );
    return found.map((row) => ({
      seq: BigInt(row.seq),
      lastId: BigInt(row.lastId),
      sealedAtMicros: microsOf(row.sealedAtMicros),
      entries: row.entries,
      hash: row.hash,
    }));
  }

  /** Rows with ids above one and up to another, in the order of ids. */
  async rowsBetween(tx: Tx, after: bigint, upTo: bigint, limit: number): Promise<RowToVerify[]> {
    const found = await rows<SealedRow & { shownAt: string }>(
      tx,
      `SELECT ${sealedTexts}, to_json(at)::text AS "shownAt" FROM audit_event
       WHERE audit_event.id > $1 AND audit_event.id <= $2 ORDER BY audit_event.id LIMIT $3`,
      [String(after), String(upTo), limit],
    );
    return found.map(({ shownAt, ...texts }) => ({
      id: BigInt(texts.id ?? 0),
      at: shownAt.replaceAll('"', ''),
      texts,
    }));
  }

  /** The first row with an id that the database has not given out yet. */
  async rowAhead(tx: Tx): Promise<{ readonly id: string; readonly at: string } | undefined> {
    const [newest] = await rows<{ id: string; at: string }>(
      tx,
      `SELECT id::text, to_json(at)::text AS at FROM audit_event ORDER BY audit_event.id DESC LIMIT 1`,
    );
    // Asked for afterwards: a row that is there has an id that was given out before.
    const [drawn] = await rows<{ lastId: string }>(
      tx,
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END::text AS "lastId"
       FROM audit_event_id_seq`,
    );
    if (!newest || !drawn || BigInt(newest.id) <= BigInt(drawn.lastId)) return undefined;
    return { id: newest.id, at: newest.at.replaceAll('"', '') };
  }
}

/** A time that is no number (infinity) was never sealed. */
function microsOf(text: string): bigint {
  return /^-?\d+$/.test(text) ? BigInt(text) : -1n;
}
