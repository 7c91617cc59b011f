import type { MigrationInterface } from 'typeorm';
import { MasterKey1763800000001 } from './migrations/0001-master-key.js';
import { Audit1763800000002 } from './migrations/0002-audit.js';
import { Products1763800000003 } from './migrations/0003-products.js';
import { Orders1763800000004 } from './migrations/0004-orders.js';
import { Access1763800000005 } from './migrations/0005-access.js';
import { Claims1763800000006 } from './migrations/0006-claims.js';
import { Runs1763800000007 } from './migrations/0007-runs.js';
import { RegistrationPolicy1763800000008 } from './migrations/0008-registration-policy.js';
import { Presence1763800000009 } from './migrations/0009-presence.js';
import { OpenRegistration1763800000010 } from './migrations/0010-open-registration.js';
import { Exports1763800000012 } from './migrations/0012-exports.js';
import { Lists1763800000013 } from './migrations/0013-lists.js';
import { AuditSeals1763800000011 } from './migrations/0011-audit-seals.js';
import { Idempotency1763800000014 } from './migrations/0014-idempotency.js';
import { KeyLife1763800000015 } from './migrations/0015-key-life.js';
import { Attempts1763800000016 } from './migrations/0016-attempts.js';
import { Trace1763800000017 } from './migrations/0017-trace.js';
import { KeyCare1763800000018 } from './migrations/0018-key-care.js';
import { OrderLife1763800000019 } from './migrations/0019-order-life.js';
import { RunEvents1763800000020 } from './migrations/0020-run-events.js';
import { Dialects1763800000022 } from './migrations/0022-dialects.js';
import { Operating1763800000023 } from './migrations/0023-operating.js';
import { ClaimLeasedAt1763800000024 } from './migrations/0024-claim-leased-at.js';

/** Every migration, oldest first; a new one is added at the end. */
export const migrations: readonly (new () => MigrationInterface)[] = [
  MasterKey1763800000001,
  Audit1763800000002,
  Products1763800000003,
  Orders1763800000004,
  Access1763800000005,
  Claims1763800000006,
  Runs1763800000007,
  RegistrationPolicy1763800000008,
  Presence1763800000009,
  OpenRegistration1763800000010,
  AuditSeals1763800000011,
  Exports1763800000012,
  Lists1763800000013,
  Idempotency1763800000014,
  KeyLife1763800000015,
  Attempts1763800000016,
  Trace1763800000017,
  KeyCare1763800000018,
  OrderLife1763800000019,
  RunEvents1763800000020,
  Dialects1763800000022,
  Operating1763800000023,
  ClaimLeasedAt1763800000024,
];
