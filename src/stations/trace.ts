import type {
  ClaimState,
  DeviceState,
  OrderState,
  Proof,
  Provisioning,
} from '../core/lifecycle.js';

/** How an attempt ended; `open` while it lasts. */
export type AttemptOutcome = 'open' | 'confirmed' | 'failed' | 'void';

/** One try to write one unit. Shape: instants as ISO 8601 text, UTC. Units: milliseconds. */
export interface TracedAttempt {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly reason: string | null;
  readonly proof: Proof | null;
  readonly isVolatile: boolean;
  readonly stationId: number;
  readonly stationName: string;
  readonly slot: number | null;
  readonly firmware: string | null;
  readonly iccid: string | null;
  /** The station has told what was said. */
  readonly hasTranscript: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
}

/** One slot of a run that worked on a unit. Shape: as `TracedAttempt`. */
export interface TracedRun {
  readonly runId: number;
  readonly claimId: number | null;
  readonly stationId: number;
  readonly orderId: number;
  readonly slot: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly isVolatile: boolean;
  readonly durationMs: number | null;
  readonly startedAt: string;
}

/** The attempt that proved a confirmed unit last. Shape: `at` is when it ended. */
export interface TracedConfirm {
  readonly attempt: number;
  readonly stationId: number;
  readonly stationName: string;
  readonly slot: number | null;
  readonly proof: Proof;
  readonly at: string;
}

/** The claim by which a unit holds, or held, a triple. */
export interface TracedClaim {
  readonly id: number;
  readonly unit: string;
  readonly imei: string | null;
  readonly sn: string | null;
  readonly mac: string | null;
  readonly iccid: string | null;
  readonly firmware: string | null;
  readonly state: ClaimState;
  readonly isStale: boolean;
  readonly attempt: number;
  /** Also of a confirmed claim whose unit came back to a station. */
  readonly hasOpenAttempt: boolean;
  readonly stationId: number;
  readonly stationName: string;
  readonly line: string | null;
  readonly slot: number | null;
  readonly proof: Proof | null;
  readonly isVolatile: boolean;
  /** Why the last attempt failed, or why it is void. */
  readonly failReason: string | null;
  readonly startedAt: string;
  readonly leaseUntil: string;
  readonly createdAt: string;
  readonly changedAt: string;
  /** Null unless it is confirmed. */
  readonly confirmed: TracedConfirm | null;
}

/** One triple with everything that is known of the unit it went to. */
export interface Trace {
  readonly deviceId: number;
  readonly productKey: string;
  readonly productName: string;
  readonly deviceName: string;
  readonly deviceState: DeviceState;
  readonly generation: number;
  readonly activatedAt: string | null;
  readonly disabledAt: string | null;
  readonly registeredFrom: string | null;
  readonly registeredAt: string | null;
  readonly isOnline: boolean;
  readonly onlineAt: string | null;
  readonly offlineAt: string | null;
  readonly address: string | null;
  readonly orderId: number;
  readonly orderState: OrderState;
  readonly provisioning: Provisioning;
  readonly note: string | null;
  readonly claim: TracedClaim | null;
  readonly attempts: readonly TracedAttempt[];
  readonly runs: readonly TracedRun[];
}
