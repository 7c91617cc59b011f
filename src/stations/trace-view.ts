import { publicId } from '../core/public-id.js';
import type { LookupKind } from './trace-lookup.js';
import type { FoundTraces, TraceCursor } from './trace.service.js';
import type { Trace, TracedAttempt, TracedClaim, TracedConfirm, TracedRun } from './trace.js';

/** A page of traces as it is answered. */
export interface TracePageView {
  readonly matchedBy: LookupKind;
  readonly items: readonly TraceView[];
  /** Tries of a jig that got no claim for the unit, before it had one or since. */
  readonly runsWithoutClaim: readonly RunView[];
  readonly nextCursor: string | null;
}

/** A triple and the unit it went to, as it is answered; never a secret. */
export interface TraceView {
  readonly unit: ReturnType<typeof unitView> | null;
  readonly device: ReturnType<typeof deviceOf>;
  readonly order: ReturnType<typeof orderOf>;
  readonly claim: ReturnType<typeof claimOf> | null;
  readonly attempts: readonly AttemptView[];
  readonly runs: readonly RunView[];
}

type RunView = ReturnType<typeof runView>;
type AttemptView = ReturnType<typeof attemptView>;

/** The cursor as text. Shape: `iccid.1234`. */
export function cursorText({ kind, key }: TraceCursor): string {
  return `${kind}.${key}`;
}

/** Builds the answer for a page, field by field. */
export function tracePageView(found: FoundTraces): TracePageView {
  return {
    matchedBy: found.matchedBy,
    items: found.traces.map(traceView),
    runsWithoutClaim: found.runsWithoutClaim.map(runView),
    nextCursor: found.next ? cursorText(found.next) : null,
  };
}

function traceView(trace: Trace): TraceView {
  const { claim, runs } = trace;
  return {
    unit: claim ? unitView(claim) : null,
    device: deviceOf(trace),
    order: orderOf(trace),
    claim: claim ? claimOf(claim) : null,
    attempts: attemptsOf(trace).map((one, index, all) =>
      attemptView(one, claim?.id, runOf(one, all[index + 1], runs)),
    ),
    runs: runs.map(runView),
  };
}

function unitView({ unit, imei, sn, mac, iccid, firmware }: TracedClaim) {
  return { identity: unit, imei, sn, mac, iccid, firmware };
}

function deviceOf(trace: Trace) {
  return {
    productKey: trace.productKey,
    productName: trace.productName,
    deviceName: trace.deviceName,
    state: trace.deviceState,
    generation: trace.generation,
    activatedAt: trace.activatedAt,
    disabledAt: trace.disabledAt,
    online: trace.isOnline,
    onlineAt: trace.onlineAt,
    offlineAt: trace.offlineAt,
    address: trace.address,
    registeredFrom: trace.registeredFrom,
    registeredAt: trace.registeredAt,
  };
}

function orderOf({ orderId, orderState, provisioning, note }: Trace) {
  return { orderId: publicId('ord', orderId), state: orderState, provisioning, note };
}

function claimOf(claim: TracedClaim) {
  return {
    claimId: publicId('clm', claim.id),
    state: claim.state,
    stale: claim.isStale,
    attempt: claim.attempt,
    stationId: publicId('st', claim.stationId),
    stationName: claim.stationName,
    line: claim.line,
    slot: claim.slot,
    proof: claim.proof,
    volatile: claim.isVolatile,
    failReason: claim.failReason,
    leaseUntil: claim.leaseUntil,
    claimedAt: claim.createdAt,
    changedAt: claim.changedAt,
    confirmed: claim.confirmed ? confirmOf(claim.confirmed) : null,
  };
}

function confirmOf({ attempt, stationId, stationName, slot, proof, at }: TracedConfirm) {
  return { attempt, stationId: publicId('st', stationId), stationName, slot, proof, at };
}

/** All attempts, newest first, the one under way included. */
function attemptsOf({ claim, attempts }: Trace): readonly TracedAttempt[] {
  if (!claim?.hasOpenAttempt) return attempts;
  const open: TracedAttempt = {
    attempt: claim.attempt,
    outcome: 'open',
    reason: null,
    proof: null,
    isVolatile: false,
    stationId: claim.stationId,
    stationName: claim.stationName,
    slot: claim.slot,
    firmware: claim.firmware,
    iccid: claim.iccid,
    hasTranscript: false,
    startedAt: claim.startedAt,
    endedAt: null,
    durationMs: null,
  };
  return [open, ...attempts];
}

/**
 * The run that made an attempt: the latest that began before its end and after the one before it, or
 * that made the one before it as well and had not ended.
 */
function runOf(
  { startedAt, endedAt }: TracedAttempt,
  previous: TracedAttempt | undefined,
  runs: readonly TracedRun[],
): TracedRun | undefined {
  const from = previous?.endedAt ?? '';
  return (
    runs.find((run) => run.startedAt >= from && run.startedAt <= (endedAt ?? run.startedAt)) ??
    runs.find((run) => run.startedAt <= startedAt && startedAt <= endOf(run))
  );
}

function endOf({ startedAt, durationMs }: TracedRun): string {
  return new Date(Date.parse(startedAt) + (durationMs ?? 0)).toISOString();
}

function attemptView(one: TracedAttempt, claimId: number | undefined, run: TracedRun | undefined) {
  return {
    attempt: one.attempt,
    outcome: one.outcome,
    reason: one.reason,
    proof: one.proof,
    volatile: one.isVolatile,
    stationId: publicId('st', one.stationId),
    stationName: one.stationName,
    slot: one.slot,
    firmware: one.firmware,
    iccid: one.iccid,
    startedAt: one.startedAt,
    endedAt: one.endedAt,
    durationMs: one.durationMs,
    runId: run ? publicId('run', run.runId) : null,
    transcript: transcriptOf(one, claimId, run),
  };
}

/** Where to read what was said: as the station told, else with the run. */
function transcriptOf(
  { attempt, hasTranscript }: TracedAttempt,
  claimId: number | undefined,
  run: TracedRun | undefined,
): string | null {
  if (hasTranscript && claimId !== undefined) {
    return `/api/v1/claims/${publicId('clm', claimId)}/transcript?attempt=${attempt}`;
  }
  return run ? `/api/v1/runs/${publicId('run', run.runId)}` : null;
}

function runView(run: TracedRun) {
  const runId = publicId('run', run.runId);
  return {
    runId,
    stationId: publicId('st', run.stationId),
    orderId: publicId('ord', run.orderId),
    slot: run.slot,
    outcome: run.outcome,
    reason: run.reason,
    volatile: run.isVolatile,
    durationMs: run.durationMs,
    startedAt: run.startedAt,
    transcript: `/api/v1/runs/${runId}`,
  };
}
