import { ApiKeyEntity } from './access/api-key.entity.js';
import { AuditEventEntity } from './audit/audit.entity.js';
import { AuditSealEntity } from './audit/seal.entity.js';
import { StrangerRefusalEntity } from './audit/stranger-refusal.entity.js';
import { DownlinkEntity } from './broker/downlink.entity.js';
import { DeviceTokenEntity } from './devices/device-token.entity.js';
import { DeviceEntity } from './devices/device.entity.js';
import { GivenSecretEntity } from './devices/given-secret.entity.js';
import { PresenceEntity } from './devices/presence.entity.js';
import { OrderCountEntity } from './orders/order-count.entity.js';
import { OrderExportEntity } from './orders/order-export.entity.js';
import { OrderEntity } from './orders/order.entity.js';
import { OrderRowErrorEntity } from './orders/order-row-error.entity.js';
import { OrderUploadEntity } from './orders/order-upload.entity.js';
import { StagedDeviceEntity } from './orders/staged-device.entity.js';
import { IdempotentRequestEntity } from './platform/idempotency/idempotent-request.entity.js';
import { MasterKeyEntity } from './platform/keys/master-key.entity.js';
import { ServiceCopyEntity } from './platform/signals/service-copy.entity.js';
import { ProductCountEntity } from './products/product-count.entity.js';
import { ProductEntity } from './products/product.entity.js';
import { TopicClassEntity } from './products/topic-class.entity.js';
import { RunEntity } from './runs/run.entity.js';
import { RunEventEntity } from './runs/run-event.entity.js';
import { RunSlotEntity } from './runs/run-slot.entity.js';
import { AttemptEntity } from './stations/attempt.entity.js';
import { AttemptTranscriptEntity } from './stations/attempt-transcript.entity.js';
import { ClaimEntity } from './stations/claim.entity.js';
import { OrderStationEntity } from './stations/order-station.entity.js';
import { StationSlotEntity } from './stations/station-slot.entity.js';
import { DialectEntity } from './dialects/dialect.entity.js';
import { StationEntity } from './stations/station.entity.js';

/** Every entity of the service; the data source is opened with it. */
export const entities = [
  MasterKeyEntity,
  ServiceCopyEntity,
  IdempotentRequestEntity,
  AuditEventEntity,
  StrangerRefusalEntity,
  AuditSealEntity,
  ProductEntity,
  ProductCountEntity,
  TopicClassEntity,
  OrderEntity,
  OrderCountEntity,
  OrderExportEntity,
  OrderRowErrorEntity,
  OrderUploadEntity,
  StagedDeviceEntity,
  DeviceEntity,
  GivenSecretEntity,
  PresenceEntity,
  DownlinkEntity,
  DeviceTokenEntity,
  ApiKeyEntity,
  DialectEntity,
  StationEntity,
  StationSlotEntity,
  OrderStationEntity,
  ClaimEntity,
  AttemptEntity,
  AttemptTranscriptEntity,
  RunEntity,
  RunSlotEntity,
  RunEventEntity,
];
