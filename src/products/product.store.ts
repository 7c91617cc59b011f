import { Injectable } from '@nestjs/common';
import type { RegistrationPolicy } from '../core/registration-policy.js';
import type { TopicClass } from '../core/topics.js';
import { affected, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';
import type { ProductRow, ProductWithTopics } from './product.js';

const columns = `product.id, product.product_key AS "productKey", product.name,
  product.secret_sealed AS "secretSealed",
  product.previous_secret_sealed AS "previousSecretSealed",
  product.previous_valid_until AS "previousValidUntil", product.registration_mode AS mode,
  product.allow_plaintext AS "allowPlaintext", product.registration_repeat AS repeat,
  product.registration_quota AS quota, product.registration_opens_at AS "opensAt",
  product.registration_closes_at AS "closesAt",
  product.registration_networks AS "allowedNetworks",
  product.registration_max_per_second AS "maxPerSecond",
  product.registration_units_per_name AS "unitsPerName", product.version,
  product.created_at AS "createdAt",
  (SELECT registered FROM product_count WHERE product_id = product.id) AS registered`;

/** Products and their topic classes in PostgreSQL. */
@Injectable()
export class ProductStore {
  /** Creates a product whose policy is still to be set; undefined if its key is taken. */
  async insert(
    tx: Tx,
    product: Pick<ProductRow, 'productKey' | 'name' | 'secretSealed'>,
  ): Promise<number | undefined> {
    const [row] = await rows<{ readonly id: number }>(
      tx,
      `WITH made AS (
         INSERT INTO product (product_key, name, secret_sealed, registration_mode, allow_plaintext)
         VALUES ($1, $2, $3, 'off', false)
         ON CONFLICT ON CONSTRAINT product_product_key_key DO NOTHING RETURNING id
       ), counted AS (
         INSERT INTO product_count (product_id) SELECT id FROM made
       )
       SELECT id FROM made`,
      [product.productKey, product.name, product.secretSealed],
    );
    return row?.id;
  }

  async find(tx: Tx, productKey: string): Promise<ProductRow | undefined> {
    return await this.#find(tx, productKey, '');
  }

  /** The same, held until the end of the transaction. */
  async lock(tx: Tx, productKey: string): Promise<ProductRow | undefined> {
    return await this.#find(tx, productKey, 'FOR NO KEY UPDATE');
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

  /** Sets name and policy; the version goes up, so that stale copies elsewhere are noticed. */
  async update(
    tx: Tx,
    productId: number,
    product: RegistrationPolicy & { readonly name: string },
  ): Promise<void> {
    await affected(
      tx,
      `UPDATE product SET name = $2, registration_mode = $3, allow_plaintext = $4,
         registration_repeat = $5, registration_quota = $6, registration_opens_at = $7,
         registration_closes_at = $8, registration_networks = $9,
         registration_max_per_second = $10, registration_units_per_name = $11,
         version = version + 1 WHERE id = $1`,
      [
        productId,
        product.name,
        product.mode,
        product.allowPlaintext,
        product.repeat,
        product.quota,
        product.opensAt,
        product.closesAt,
        product.allowedNetworks,
        product.maxPerSecond,
        product.unitsPerName,
      ],
    );
  }

  /** Gives a product another secret; the one before proves its holder for a while. */
  async rotateSecret(
    tx: Tx,
    productId: number,
    secretSealed: Buffer,
    previousValidForSeconds: number,
  ): Promise<Date | undefined> {
    const [row] = await rows<{ readonly until: Date }>(
      tx,
      `UPDATE product SET secret_sealed = $2, previous_secret_sealed = secret_sealed,
         previous_valid_until = now() + make_interval(secs => $3), version = version + 1
       WHERE id = $1 RETURNING previous_valid_until AS until`,
      [productId, secretSealed, previousValidForSeconds],
    );
    return row?.until;
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

  async #find(
    tx: Tx,
    productKey: string,
    locking: '' | 'FOR NO KEY UPDATE',
  ): Promise<ProductRow | undefined> {
    const sql = `SELECT ${columns} FROM product WHERE product_key = $1 ${locking}`;
    const [row] = await rows<ProductRow>(tx, sql, [productKey]);
    return row;
  }

  async #touch(tx: Tx, productId: number): Promise<void> {
    await rows(tx, 'UPDATE product SET version = version + 1 WHERE id = $1 RETURNING id', [
      productId,
    ]);
  }
}
