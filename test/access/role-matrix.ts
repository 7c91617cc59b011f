import { engineers, lineReaders, lineRoles, readers } from '../../src/core/role.js';
import type { Role } from '../../src/core/role.js';

/** For what decides what exists, and for what shows a secret. */
const admins = ['admin'] as const;

/** Who may call what. Every route under `/api` is here; a new line is a decision. */
export const roleMatrix: Readonly<Record<string, readonly Role[]>> = {
  'GET /api/v1/products': readers,
  'POST /api/v1/products': admins,
  'GET /api/v1/products/{productKey}': readers,
  'PATCH /api/v1/products/{productKey}': admins,
  'POST /api/v1/products/{productKey}/secret/rotate': admins,
  'GET /api/v1/products/{productKey}/topics': readers,
  'POST /api/v1/products/{productKey}/topics': admins,
  'DELETE /api/v1/products/{productKey}/topics': admins,
  'POST /api/v1/products/{productKey}/standing-order/roll': admins,

  'POST /api/v1/products/{productKey}/orders': admins,
  'POST /api/v1/products/{productKey}/imports': admins,
  'GET /api/v1/orders': lineReaders,
  'GET /api/v1/orders/{id}': lineReaders,
  'GET /api/v1/orders/{id}/errors.csv': readers,
  'PATCH /api/v1/orders/{id}': engineers,
  'POST /api/v1/orders/{id}/close': engineers,
  'POST /api/v1/orders/{id}/abort': engineers,
  'GET /api/v1/orders/{id}/triples': admins,
  'GET /api/v1/orders/{id}/exports': readers,
  'GET /api/v1/orders/{id}/exports/{exportId}': readers,

  'GET /api/v1/products/{productKey}/devices': readers,
  'GET /api/v1/devices/{productKey}/{deviceName}': readers,
  'GET /api/v1/devices/{productKey}/{deviceName}/triple': admins,
  'POST /api/v1/devices/{productKey}/{deviceName}/reset': admins,
  'POST /api/v1/devices/{productKey}/{deviceName}/disable': engineers,
  'POST /api/v1/devices/{productKey}/{deviceName}/enable': engineers,
  'POST /api/v1/devices/{productKey}/{deviceName}/void': engineers,
  'POST /api/v1/devices/{productKey}/{deviceName}/publish': admins,

  'GET /api/v1/stations': readers,
  'POST /api/v1/stations': engineers,
  'GET /api/v1/stations/{id}': readers,
  'PATCH /api/v1/stations/{id}': engineers,
  'PUT /api/v1/stations/{id}/slots': engineers,
  'GET /api/v1/stations/{id}/slots/stats': lineReaders,
  'POST /api/v1/stations/{id}/key/rotate': engineers,
  'DELETE /api/v1/stations/{id}/key': engineers,

  'GET /api/v1/dialects': lineReaders,
  'POST /api/v1/dialects': engineers,
  'GET /api/v1/dialects/{id}': lineReaders,
  'DELETE /api/v1/dialects/{id}': engineers,

  'GET /api/v1/me': lineReaders,
  'POST /api/v1/claims': lineRoles,
  'POST /api/v1/claims/batch': lineRoles,
  'POST /api/v1/claims/confirm/batch': lineRoles,
  'GET /api/v1/claims/{id}': lineReaders,
  'POST /api/v1/claims/{id}/confirm': lineRoles,
  'POST /api/v1/claims/{id}/fail': lineRoles,
  'POST /api/v1/claims/{id}/void': lineRoles,
  'POST /api/v1/claims/{id}/transcript': lineRoles,
  'GET /api/v1/claims/{id}/transcript': lineReaders,
  'POST /api/v1/compat/aliyun/allot': lineRoles,
  'POST /api/v1/runs': lineRoles,
  'GET /api/v1/runs/{id}': lineReaders,
  'GET /api/v1/runs/{id}/events': lineReaders,
  'GET /api/v1/runs/{id}/events/poll': lineReaders,
  'POST /api/v1/runs/{id}/abort': lineRoles,

  'GET /api/v1/units': lineReaders,
  'GET /api/v1/units/{identity}': lineReaders,
  'GET /api/v1/attention': lineReaders,
  'GET /api/v1/orders/{id}/stats': lineReaders,
  'GET /api/v1/stats': lineReaders,

  'GET /api/v1/keys': readers,
  'POST /api/v1/keys': admins,
  'POST /api/v1/keys/{id}/rotate': admins,
  'DELETE /api/v1/keys/{id}': admins,
  'GET /api/v1/audit': readers,
  'GET /api/v1/audit/head': readers,
  'GET /api/v1/audit/strangers': readers,
};
