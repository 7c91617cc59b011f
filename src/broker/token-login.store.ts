import { Injectable } from '@nestjs/common';
import { affected, prepared, rows } from '../platform/database/query.js';
import type { Tx } from '../platform/database/transaction.js';

/** A unit with a token as its login looks at it. */
export interface TokenHolder {
  readonly tokenId: number;
  readonly deviceId: number;
  /** The standing order whose key made the token. */
  readonly orderId: number;
  readonly isVoid: boolean;
  readonly isActivated: boolean;
  readonly isDisabled: boolean;
}

/** Who wants to log in. */
export interface TokenKey {
  readonly productKey: string;
  readonly deviceName: string;
  readonly clientId: string;
}

const readStatement = {
  name: 'token-login-read',
  text: `SELECT t.id::float8 AS "tokenId", d.id::float8 AS "deviceId", t.order_id AS "orderId",
      t.void_at IS NOT NULL OR d.state = 'void' AS "isVoid",
      t.activated_at IS NOT NULL AS "isActivated", d.disabled_at IS NOT NULL AS "isDisabled"
    FROM device_token t JOIN device d ON d.id = t.device_id AND d.name = $2
      JOIN product p ON p.id = d.product_id AND p.product_key = $1
    WHERE t.client_id = $3`,
};

/** Reads units with tokens at their login and activates them. */
@Injectable()
export class TokenLoginStore {
  async read(tx: Tx, key: TokenKey): Promise<TokenHolder | undefined> {
    const { productKey, deviceName, clientId } = key;
    const [holder] = await prepared<TokenHolder>(tx, readStatement, [
      productKey,
      deviceName,
      clientId,
    ]);
    return holder;
  }

  /** Locks the device of a token, so that two units never take the last place of a name. */
  async lock(tx: Tx, { deviceId }: TokenHolder): Promise<void> {
    await rows(tx, 'SELECT id FROM device WHERE id = $1 FOR UPDATE', [deviceId]);
  }

  /** Activates a unit while its name has a place left; false when it has none. */
  async activate(tx: Tx, { tokenId, deviceId }: TokenHolder): Promise<boolean> {
    const activated = await affected(
      tx,
      `UPDATE device_token SET activated_at = now()
       WHERE id = $1 AND void_at IS NULL AND activated_at IS NULL
         AND (SELECT count(*) FROM device_token
               WHERE device_id = $2 AND void_at IS NULL AND activated_at IS NOT NULL)
           < (SELECT p.registration_units_per_name FROM device d
                JOIN product p ON p.id = d.product_id WHERE d.id = $2)`,
      [tokenId, deviceId],
    );
    if (activated === 0) return false;
    await affected(
      tx,
      `WITH first AS (UPDATE device SET activated_at = now()
         WHERE id = $1 AND activated_at IS NULL RETURNING order_id)
       UPDATE order_count SET activated = activated + 1 WHERE order_id = (SELECT order_id FROM first)`,
      [deviceId],
    );
    return true;
  }
}
