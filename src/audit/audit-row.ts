/** One entry of the history as it was written. */
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly actor: string;
  readonly address: string | null;
  readonly productKey: string | null;
  readonly deviceName: string | null;
  readonly orderId: number | null;
  readonly claimId: number | null;
  readonly unit: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Which entries are wanted; what is left out is no condition. */
export interface AuditFilter {
  readonly productKey?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly action?: string | undefined;
  readonly orderId?: number | undefined;
  readonly claimId?: number | undefined;
  /** Shape: `imei:…`, `sn:…` or `mac:…`. */
  readonly unit?: string | undefined;
  readonly since?: Date | undefined;
}

/** How often strangers of one address were refused in one minute for a product key as they sent it. */
export interface StrangerRow {
  readonly minute: Date;
  readonly address: string;
  readonly productKey: string;
  readonly count: number;
}
