import { orderKeyContext } from './devices/device-secrets.js';
import type { SealedColumn } from './platform/keys/sealed-column.js';
import { productSecretContext } from './products/product-secret.js';

/** Every column that is sealed with a master key; a test compares the list with the schema. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'production_order',
    column: 'order_key_sealed',
    boundBy: 'id',
    context: orderKeyContext,
  },
  {
    table: 'product',
    column: 'secret_sealed',
    boundBy: 'product_key',
    context: productSecretContext,
  },
  {
    table: 'product',
    column: 'previous_secret_sealed',
    boundBy: 'product_key',
    context: productSecretContext,
  },
];
