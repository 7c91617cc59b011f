/** Who does something, as the history will name him. */
export interface Actor {
  /** A label as of now, e.g. `key-3 (admin)`, `station SZX-L1-03`, `device`, `system`. */
  readonly label: string;
  readonly address: string | null;
}

/** The service itself as an actor. */
export const systemActor: Actor = { label: 'system', address: null };

/** Whoever works at the command line of the machine itself. */
export const commandLineActor: Actor = { label: 'command line', address: null };

/** Everything the history knows how to tell. */
export const auditActions = [
  'product.created',
  'product.changed',
  'product.secret_rotated',
  'topic.set',
  'topic.removed',
  'order.created',
  'order.opened',
  'order.refused',
  'order.changed',
  'order.closed',
  'order.aborted',
  'order.exported',
  'order.export_ended',
  'order.key_rolled',
  'key.created',
  'key.revoked',
  'key.rotated',
  'station.created',
  'station.changed',
  'station.disabled',
  'station.enabled',
  'station.slots_set',
  'dialect.added',
  'dialect.changed',
  'dialect.removed',
  'device.given_out',
  'device.registered',
  'device.activated',
  'device.reset',
  'device.disabled',
  'device.enabled',
  'device.voided',
  'device.revealed',
  'device.message_sent',
  'registration.refused',
  'login.refused',
  'claim.leased',
  'claim.reissued',
  'claim.confirmed',
  'claim.reconfirmed',
  'claim.doubted',
  'claim.failed',
  'claim.voided',
  'keys.rotated',
  'keys.rewrapped',
  'keys.retired',
  'database.backed_up',
  'database.restored',
  'order.released',
  'run.started',
  'run.ended',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** One entry of the history: labels as of then, never a secret. */
export interface AuditEvent {
  readonly action: AuditAction;
  readonly actor: Actor;
  readonly productKey?: string;
  readonly deviceName?: string;
  readonly orderId?: number;
  readonly claimId?: number;
  readonly unit?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A refusal of a caller that proved who he is. */
export interface ProvenRefusal {
  readonly action: 'registration.refused' | 'login.refused';
  readonly productKey: string;
  readonly deviceName: string;
  readonly address: string;
  readonly protocol: string;
  readonly reason: string;
}
