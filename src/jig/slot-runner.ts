import { randomBytes } from 'node:crypto';
import { neutralDialect } from '../at/detect.js';
import type { Dialect } from '../at/dialect.js';
import { dialects as builtInDialects } from '../at/find-dialect.js';
import { DomainError } from '../core/errors.js';
import type { Triple } from '../core/triple.js';
import type { UnitReport } from '../core/unit-identity.js';
import { Chat } from './chat.js';
import { proofOf } from './choose-proof.js';
import type { ProofKind } from './choose-proof.js';
import type { ClaimGrant, JigProof } from './claims.js';
import { detectDialect, explained } from './detect-dialect.js';
import { checkSameUnit, identify } from './identify.js';
import { checkTerms, forgotten, termsOf } from './order-terms.js';
import type { OrderTerms } from './order-terms.js';
import { proveLogin } from './prove-login.js';
import { readTriple } from './read-triple.js';
import type { Verdict } from './read-triple.js';
import { registerUnit } from './register-unit.js';
import { restartUnit, restoreUnit } from './restart-unit.js';
import { SlotGuard } from './slot-guard.js';
import { defaultLimits } from './slot-options.js';
import type { SlotLimits, SlotRunnerOptions } from './slot-options.js';
import { SlotStop, slotPhases, slotReasons } from './slot-result.js';
import type { SlotPhase, SlotProgress, SlotResult } from './slot-result.js';
import { stopOfClaims } from './stop-of-claims.js';
import { overResets, synchronise } from './synchronise.js';
import { systemTimers } from './timers.js';
import type { Timers } from './timers.js';
import { Transcript } from './transcript.js';
import { connectPort } from './transports/connect-port.js';
import { unitValues } from './unit-values.js';
import type { UnitValues } from './unit-values.js';
import { isEnough, stopFor, writeTriple } from './write-triple.js';

/**
 * Runs one unit on one slot: identify, claim, write, read back, restart, read back or log in, confirm.
 *
 * Shape: always gives a result, never rejects. After a claim a bad end is reported with `fail`, but
 * not an abort (the claim stays leased) nor anything after `confirm` was sent (its fate is unknown).
 */
export function runSlot(options: SlotRunnerOptions): Promise<SlotResult> {
  return new SlotRun(options).run();
}

class SlotRun {
  private readonly timers: Timers;
  private readonly limits: SlotLimits;
  private readonly guard: SlotGuard;
  private readonly transcript: Transcript;
  private readonly startedMs: number;
  private readonly dialects: readonly Dialect[];
  private dialect: Dialect | undefined;
  private chat: Chat | undefined;
  private phase: SlotPhase | undefined;
  private unit: UnitReport | undefined;
  private grant: ClaimGrant | undefined;
  private isVolatile = false;
  private isConfirming = false;
  private isOver = false;

  constructor(private readonly options: SlotRunnerOptions) {
    this.dialects = options.dialects ?? builtInDialects;
    this.dialect = options.dialect;
    this.timers = options.timers ?? systemTimers;
    this.limits = { ...defaultLimits, ...options.limits };
    this.startedMs = this.timers.now();
    this.guard = new SlotGuard(this.timers, this.limits.slotMs, options.signal);
    this.transcript = new Transcript(() => this.timers.now() - this.startedMs);
  }

  async run(): Promise<SlotResult> {
    let stop: SlotStop | undefined;
    const stopListening = this.guard.onAbort(() => this.chat?.abort());
    try {
      await this.guard.within(this.work());
    } catch (error) {
      stop = this.stopOf(error);
      await this.reportFailure(stop);
    } finally {
      this.isOver = true;
      stopListening();
      this.chat?.close();
      this.guard.dispose();
    }
    return this.resultOf(stop);
  }

  private async work(): Promise<void> {
    const chat = await this.connect();
    this.enter('sync');
    await synchronise(chat, 'at_first');
    this.dialect ??= await detectDialect(chat, this.dialects);
    await explained(chat, this.dialects, () => this.provision(chat));
  }

  private async provision(chat: Chat): Promise<void> {
    this.enter('identify');
    this.unit = await identify(chat);
    const unit = this.options.admit?.(this.unit) ?? this.unit;
    this.unit = unit;
    if (this.options.terms) this.check(chat, this.options.terms);
    await this.options.meet?.('claim');
    const grant = await this.claim(unit);
    const proof = this.check(chat, termsOf(grant));
    await this.options.meet?.('write');
    const triple = await this.tripleOf(chat, grant);
    const values = unitValues(triple, grant.broker);
    await writeTriple(chat, values, proof, this.enter);
    await this.prove(chat, unit, values, grant, proof);
    await this.options.meet?.('confirm');
    await this.confirm(proofOf(proof, triple, grant.claimId), grant);
  }

  /** What a restart is known to lose is proven as the module holds it now, all else after a restart. */
  private async prove(
    chat: Chat,
    unit: UnitReport,
    values: UnitValues,
    grant: ClaimGrant,
    proof: ProofKind,
  ): Promise<void> {
    if (this.isVolatile) {
      return proof === 'login' ? proveLogin(chat, grant.broker) : undefined;
    }
    this.enter('restart');
    await restartUnit(chat);
    this.enter('verify');
    const verdict = await overResets(chat, async () => {
      await checkSameUnit(chat, unit);
      await restoreUnit(chat, values);
      return readTriple(chat, values);
    });
    await this.settle(chat, values, grant, proof, verdict);
  }

  private check({ dialect }: Chat, terms: OrderTerms): ProofKind {
    this.isVolatile = dialect.persistence === 'ram';
    return checkTerms(dialect, terms);
  }

  private async connect(): Promise<Chat> {
    this.enter('connect');
    const { port, timeoutScale = 1, connect = connectPort } = this.options;
    const dialect = this.dialect ?? neutralDialect(this.dialects);
    const [baudRate] = dialect.uart.baudRates;
    const transport = await connect(port, { connectMs: this.limits.connectMs, baudRate });
    if (this.isOver) {
      transport.close(); // nobody else would: the slot has its result
      throw new SlotStop('slot_timeout');
    }
    this.chat = new Chat(transport, {
      dialect,
      timeoutScale,
      timers: this.timers,
      maskKey: randomBytes(32),
      transcript: this.transcript,
    });
    return this.chat;
  }

  private async claim(unit: UnitReport): Promise<ClaimGrant> {
    this.enter('claim');
    const { orderId, slot, claims } = this.options;
    try {
      this.grant = await claims.claim({ orderId, slot, unit });
    } catch (error) {
      this.guard.border();
      throw stopOfClaims('claim', error);
    }
    return this.grant;
  }

  private async tripleOf(chat: Chat, grant: ClaimGrant): Promise<Triple> {
    const { credential, broker } = grant;
    if (credential.kind === 'device-secret') {
      const { productKey, deviceName, deviceSecret } = credential;
      return { productKey, deviceName, deviceSecret };
    }
    this.enter('register');
    return registerUnit(chat, credential, broker);
  }

  /** What is gone after the restart is volatile; what has changed is wrong. */
  private async settle(
    chat: Chat,
    values: UnitValues,
    grant: ClaimGrant,
    proof: ProofKind,
    verdict: Verdict,
  ): Promise<void> {
    if (isEnough(verdict, proof)) {
      return proof === 'login' ? proveLogin(chat, grant.broker) : undefined;
    }
    if (verdict.kind !== 'empty') {
      throw stopFor(verdict);
    }
    this.isVolatile = true;
    if (!grant.acceptVolatile || proof === 'login') {
      throw forgotten(grant);
    }
    await writeTriple(chat, values, proof, this.enter);
  }

  private async confirm(proof: JigProof, grant: ClaimGrant): Promise<void> {
    this.enter('confirm');
    this.isConfirming = true;
    try {
      await this.options.claims.confirm(grant.claimId, { proof, isVolatile: this.isVolatile });
    } catch (error) {
      const stop = stopOfClaims('confirm', error);
      this.isConfirming = stop.reason !== 'login_unseen';
      throw stop;
    }
  }

  /** Every phase begins at a border, where an abort or the end of the time is heard. */
  private readonly enter = (phase: SlotPhase): void => {
    this.guard.border();
    this.phase = phase;
    this.options.onProgress?.({ slot: this.options.slot, phase, ...this.held() });
  };

  private async reportFailure(stop: SlotStop): Promise<void> {
    if (this.grant === undefined || this.isConfirming || stop.reason === 'aborted') {
      return;
    }
    const guard = new SlotGuard(this.timers, this.limits.failMs, undefined);
    try {
      await guard.within(this.options.claims.fail(this.grant.claimId, stop.reason));
    } catch (error) {
      const why = error instanceof DomainError ? error.code : 'no answer';
      this.transcript.add('note', `the failure could not be reported: ${why}`);
    } finally {
      guard.dispose();
    }
  }

  private stopOf(error: unknown): SlotStop {
    if (error instanceof SlotStop) {
      return error.reason === 'aborted' ? new SlotStop('aborted', this.whereItEnded()) : error;
    }
    if (error instanceof DomainError && error.code === 'command.argument_refused') {
      return new SlotStop('argument_refused', error.detail);
    }
    this.options.onError?.(this.options.slot, error);
    return new SlotStop('internal');
  }

  private whereItEnded(): string {
    if (this.phase === undefined) return 'ended before its first step';
    const where = `ended in phase ${this.phase}`;
    return this.hasReached('register') ? `${where}; the module may hold its triple` : where;
  }

  private hasReached(phase: SlotPhase): boolean {
    const at = this.phase === undefined ? -1 : slotPhases.indexOf(this.phase);
    return at >= slotPhases.indexOf(phase);
  }

  private held(): Omit<SlotProgress, 'slot' | 'phase'> {
    return {
      ...(this.dialect && { dialect: this.dialect.id }),
      ...(this.unit && { unit: this.unit }),
      ...(this.grant && claimOf(this.grant)),
    };
  }

  private resultOf(stop: SlotStop | undefined): SlotResult {
    return {
      slot: this.options.slot,
      outcome: stop === undefined ? 'PASS' : slotReasons[stop.reason],
      ...(stop === undefined ? {} : { reason: stop.reason }),
      ...(stop?.detail === undefined ? {} : { detail: stop.detail }),
      ...this.held(),
      tries: 1,
      isVolatile: this.isVolatile && (this.hasReached('write') || stop?.reason === 'volatile'),
      durationMs: Math.round(this.timers.now() - this.startedMs),
      transcript: this.transcript.lines(),
    };
  }
}

function claimOf({ claimId, attempt, credential }: ClaimGrant) {
  return { claimId, attempt, deviceName: credential.deviceName };
}
