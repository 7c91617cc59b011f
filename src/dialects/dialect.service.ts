import { Injectable } from '@nestjs/common';
import type { Dialect } from '../at/dialect.js';
import { dialects, findDialect } from '../at/find-dialect.js';
import { rivalsOf } from '../at/rival-dialects.js';
import type { Rival } from '../at/rival-dialects.js';
import { AuditStore } from '../audit/audit.store.js';
import type { Actor } from '../audit/audit-event.js';
import { DomainError } from '../core/errors.js';
import { Database } from '../platform/database/database.js';
import type { Tx } from '../platform/database/transaction.js';
import { DialectStore } from './dialect.store.js';
import type { DialectRow } from './dialect.store.js';
import { dialectId } from './dialect-shape.js';
import { parseDialect } from './parse-dialect.js';

/** A dialect and, of one that an engineer has added, what became of it. */
export interface KnownDialect {
  readonly dialect: Dialect;
  readonly own: Omit<DialectRow, 'id' | 'body'> | undefined;
}

/** Dialects: the built-in ones and those that engineers add. */
@Injectable()
export class DialectService {
  constructor(
    private readonly database: Database,
    private readonly store: DialectStore,
    private readonly audit: AuditStore,
  ) {}

  /** Every dialect, the built-in ones first. */
  async list(): Promise<KnownDialect[]> {
    const rows = await this.store.list(this.database.single);
    const builtIn = dialects.map((dialect) => ({ dialect, own: undefined }));
    return [...builtIn, ...rows.flatMap((row) => knownOf(row) ?? [])];
  }

  /** Those that engineers have added. */
  async own(): Promise<Dialect[]> {
    const rows = await this.store.list(this.database.single);
    return rows.flatMap((row) => knownOf(row)?.dialect ?? []);
  }

  /** Errors: `dialect.unknown`. */
  async get(id: string): Promise<Dialect> {
    return findDialect(id, await this.own());
  }

  /** The dialects that know the modules of a dialect too. */
  async rivals(dialect: Dialect): Promise<readonly Rival[]> {
    return rivalsOf(dialect, [...dialects, ...(await this.own())]);
  }

  /**
   * Adds a dialect, or replaces the one of the same id; runs under way keep the one they began with.
   *
   * Shape: the same once more changes nothing and makes no revision.
   */
  async put(actor: Actor, dialect: Dialect): Promise<KnownDialect & { readonly isNew: boolean }> {
    const { id, label } = dialect;
    return await this.database.inTransaction(async (tx) => {
      const changed = await this.store.put(tx, dialect, actor.label);
      const row = changed ?? (await this.store.find(tx, id));
      if (!row) throw new DomainError('service.overloaded', `${id} was removed just now.`);
      const isNew = changed?.revision === 1;
      if (changed) {
        const action = isNew ? 'dialect.added' : 'dialect.changed';
        const detail = { dialect: id, label, revision: row.revision };
        await this.audit.record(tx, { action, actor, detail });
      }
      return { dialect, own: row, isNew };
    });
  }

  /** Errors: `dialect.unknown`, `dialect.built_in`, `dialect.in_use`. */
  async remove(actor: Actor, id: string): Promise<void> {
    if (dialects.some((dialect) => dialect.id === id)) {
      throw new DomainError('dialect.built_in', `${id} is built in.`);
    }
    await this.database.inTransaction(async (tx) => {
      const isThere = dialectId.test(id) && (await this.store.lock(tx, id));
      if (!isThere) throw new DomainError('dialect.unknown', `There is no dialect ${id}.`);
      const slots = await this.store.slotsNaming(tx, id);
      if (slots.length > 0) {
        throw new DomainError('dialect.in_use', `${id} is named by ${slots.join(', ')}.`, {
          slots,
        });
      }
      await this.store.remove(tx, id);
      await this.audit.record(tx, { action: 'dialect.removed', actor, detail: { dialect: id } });
    });
  }

  /** The own dialects among those that slots name; they stay until the transaction has ended. */
  async hold(
    tx: Tx,
    slots: readonly { readonly dialect: string | null }[],
  ): Promise<readonly Dialect[]> {
    const ids = slots.flatMap(({ dialect }) => dialect ?? []).filter((id) => dialectId.test(id));
    const rows = ids.length === 0 ? [] : await this.store.hold(tx, ids);
    return rows.flatMap((row) => knownOf(row)?.dialect ?? []);
  }
}

/** None where this version checks more than the one that took it: it is to be added again. */
function knownOf({ body, ...own }: DialectRow): KnownDialect | undefined {
  const parsed = parseDialect(body);
  return 'dialect' in parsed ? { dialect: parsed.dialect, own } : undefined;
}
