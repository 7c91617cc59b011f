import { Injectable } from '@nestjs/common';
import type { RegistrationMode } from '../core/registration-policy.js';
import type { TopicClass } from '../core/topics.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ProductRow, ProductWithTopics } from './product.js';

const columns = `product.id, product.product_key AS "productKey", product.name,
  product.secret_sealed AS "secretSealed", product.registration_mode AS "registrationMode",
  product.allow_plaintext AS "allowPlaintext", product.version, product.created_at AS "createdAt"`;

/** Products and their topic classes in PostgreSQL. */
@Injectable()
export class ProductStore {
  async insert(
    tx: Tx,
    product: Omit<ProductRow, 'id' | 'version' | 'createdAt'>,
  ): Promise<ProductRow | undefined> {
    const [row] = await rows<ProductRow>(
      tx,
      `INSERT INTO product (product_key, name, secret_sealed, registration_mode, allow_plaintext)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT product_product_key_key DO NOTHING RETURNING ${columns}`,
      [
        product.productKey,
        product.name,
        product.secretSealed,
        product.registrationMode,
        product.allowPlaintext,
      ],
    );
    return row;
  }

  async find(tx: Tx, productKey: string): Promise<ProductRow | undefined> {
    const [row] = await rows<ProductRow>(
      tx,
      `SELECT ${columns} FROM product WHERE product_key = $1`,
      [productKey],
    );
    return row;
  }

  async list(tx: Tx, after: number, limit: number): Promise<ProductRow[]> {
    return await rows<ProductRow>(
      tx,
      `SELECT ${columns} FROM product WHERE id > $1 ORDER BY id LIMIT $2`,
      [after, limit],
    );
  }

  /** Reads products with their topics: all, or the one of a key. */
  async withTopics(tx: Tx, productKey?: string): Promise<ProductWithTopics[]> {
    return await rows<ProductWithTopics>(
      tx,
      `SELECT ${columns}, coalesce(
         (SELECT json_agg(json_build_object('name', t.name, 'operation', t.operation) ORDER BY t.name)
            FROM topic_class t WHERE t.product_id = product.id), '[]') AS topics
         FROM product WHERE $1::text IS NULL OR product_key = $1`,
      [productKey ?? null],
    );
  }

  /** Changes what is given; the version goes up, so that stale copies elsewhere are noticed. */
  async update(
    tx: Tx,
    productKey: string,
    change: {
      readonly name: string | undefined;
      readonly registrationMode: RegistrationMode | undefined;
      readonly allowPlaintext: boolean | undefined;
    },
  ): Promise<ProductRow | undefined> {
    const [row] = await rows<ProductRow>(
      tx,
      `UPDATE product SET name = coalesce($2, name),
         registration_mode = coalesce($3, registration_mode),
         allow_plaintext = coalesce($4, allow_plaintext), version = version + 1
       WHERE product_key = $1 RETURNING ${columns}`,
      [
        productKey,
        change.name ?? null,
        change.registrationMode ?? null,
        change.allowPlaintext ?? null,
      ],
    );
    return row;
  }

  async topics(tx: Tx, productId: number): Promise<TopicClass[]> {
    return await rows<TopicClass>(
      tx,
      'SELECT name, operation FROM topic_class WHERE product_id = $1 ORDER BY name',
      [productId],
    );
  }

  async setTopic(tx: Tx, productId: number, topic: TopicClass): Promise<void> {
    await this.#touch(tx, productId);
    await rows(
      tx,
      `INSERT INTO topic_class (product_id, name, operation) VALUES ($1, $2, $3)
       ON CONFLICT ON CONSTRAINT topic_class_pkey DO UPDATE SET operation = excluded.operation`,
      [productId, topic.name, topic.operation],
    );
  }

  async removeTopic(tx: Tx, productId: number, name: string): Promise<boolean> {
    await this.#touch(tx, productId);
    const sql = 'DELETE FROM topic_class WHERE product_id = $1 AND name = $2';
    return (await affected(tx, sql, [productId, name])) === 1;
  }

  async #touch(tx: Tx, productId: number): Promise<void> {
    await rows(tx, 'UPDATE product SET version = version + 1 WHERE id = $1 RETURNING id', [
      productId,
    ]);
  }
}
