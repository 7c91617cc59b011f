import { systemActor } from '../../src/audit/audit-event.js';
import { DeviceSecrets } from '../../src/devices/device-secrets.js';
import { Database } from '../../src/platform/database/database.js';
import { LineSettings } from '../../src/platform/line-settings.js';
import { ProductDirectory } from '../../src/products/product-directory.js';
import { ClaimLeaseStore } from '../../src/stations/claim-lease.store.js';
import { ClaimLeasing } from '../../src/stations/claim-leasing.js';
import { ClaimMoveStore } from '../../src/stations/claim-move.store.js';
import { ClaimMoving } from '../../src/stations/claim-moving.js';
import { ClaimService } from '../../src/stations/claim.service.js';
import { ClaimStore } from '../../src/stations/claim.store.js';
import type { Credential } from '../../src/core/credential.js';
import { rows } from '../../src/platform/database/query.js';
import type { TestService } from '../support/service.js';

export const actor = systemActor;

/** The claims of several copies of the service on one database: each batches for itself. */
export function claimCopies({ service }: TestService, count: number): ClaimService[] {
  const database = service.app.get(Database);
  const secrets = service.app.get(DeviceSecrets);
  const products = service.app.get(ProductDirectory);
  const line = service.app.get(LineSettings);
  return Array.from({ length: count }, () => {
    const claims = new ClaimStore();
    const leasing = new ClaimLeasing(database, new ClaimLeaseStore(), line);
    const moving = new ClaimMoving(database, claims, new ClaimMoveStore(), secrets);
    return new ClaimService(database, claims, leasing, moving, secrets, products, line);
  });
}

/** The text of a secret that a claim was granted. */
export function secretOf(credential: Credential): string {
  return credential.kind === 'device-secret' ? credential.deviceSecret.expose() : '';
}

/** The counters of an order beside the same numbers counted from the rows. */
export interface Recount {
  readonly kept: Counters;
  readonly counted: Counters;
}

interface Counters {
  readonly free: number;
  readonly leased: number;
  readonly failed: number;
  readonly confirmed: number;
  readonly issued: number;
  readonly void: number;
  readonly shown: number;
  readonly minted: number;
}

/** Counts the devices and claims of an order from their rows. */
export async function recount({ database }: TestService, orderId: number): Promise<Recount> {
  const [kept] = await rows<Counters>(
    database.dataSource,
    `SELECT free, leased, failed, confirmed, issued, void, shown, minted FROM order_count
     WHERE order_id = $1`,
    [orderId],
  );
  const [counted] = await rows<Counters>(
    database.dataSource,
    `SELECT count(*) FILTER (WHERE d.state = 'free')::integer AS free,
       count(*) FILTER (WHERE d.state = 'leased' AND c.state = 'leased')::integer AS leased,
       count(*) FILTER (WHERE d.state = 'leased' AND c.state = 'failed')::integer AS failed,
       count(*) FILTER (WHERE d.state = 'confirmed' AND c.state = 'confirmed')::integer AS confirmed,
       count(*) FILTER (WHERE d.state = 'issued' AND c.id IS NULL)::integer AS issued,
       count(*) FILTER (WHERE d.state = 'void' AND coalesce(c.state, 'void') = 'void')::integer AS void,
       count(*) FILTER (WHERE c.id IS NOT NULL OR d.state = 'issued')::integer AS shown,
       count(*)::integer AS minted
     FROM device d LEFT JOIN claim c ON c.device_id = d.id WHERE d.order_id = $1`,
    [orderId],
  );
  if (!kept || !counted) throw new Error('no such order');
  return { kept, counted };
}
