/** How a unit stands, as a station would expect it. */
export interface UnitModel {
  readonly imei: string;
  state: 'new' | 'leased' | 'failed' | 'confirmed' | 'void';
  deviceName: string | undefined;
  claimId: string | undefined;
  deviceSecret: string | undefined;
  /** The bench that claimed it last. */
  holder: number | undefined;
  /** An attempt was begun and not ended. */
  isOpen: boolean;
  /** The last attempt of a confirmed unit failed. */
  isDoubted: boolean;
}

/** What the rules of the house say a line may expect: small enough to be seen to be right. */
export class LineModel {
  readonly units: readonly UnitModel[];
  readonly everShown = new Set<string>();
  quota: number;
  isClosed = false;
  isExpired = false;

  constructor(
    imeis: readonly string[],
    readonly quantity: number,
    quota: number,
  ) {
    this.quota = quota;
    this.units = imeis.map((imei) => ({
      imei,
      state: 'new',
      deviceName: undefined,
      claimId: undefined,
      deviceSecret: undefined,
      holder: undefined,
      isOpen: false,
      isDoubted: false,
    }));
  }

  unit(index: number): UnitModel {
    const unit = this.units[index % this.units.length];
    if (!unit) throw new Error('the model has no units');
    return unit;
  }

  get quotaLeft(): number {
    return this.quota - this.everShown.size;
  }

  count(state: UnitModel['state']): number {
    return this.units.filter((unit) => unit.state === state).length;
  }
}

/** Whether a unit holds a triple, so that a claim gives it that one again. */
export function isHeld({ state }: UnitModel): boolean {
  return state === 'leased' || state === 'failed' || state === 'confirmed';
}

/** How a claim of a unit must be answered, if nobody else claims at the same moment. */
export function expectedClaim(model: LineModel, unit: UnitModel): string {
  if (isHeld(unit)) return '200';
  if (model.isClosed) return '410 order.closed';
  if (model.isExpired) return '410 order.expired';
  return model.quotaLeft > 0 ? '201' : '409 order.quota_used_up';
}

/** Deeds that end an attempt. */
export type Deed = 'confirm' | 'fail' | 'void';

/** How a deed of a bench on the last claim of a unit must be answered. */
export function expectedDeed(unit: UnitModel, bench: number, deed: Deed): string {
  if (unit.holder !== bench) return '404 claim.not_found';
  if (unit.state === 'void') return deed === 'void' ? '200' : '409 claim.void';
  if (unit.state === 'leased') return '200';
  if (unit.state === 'failed') return deed === 'confirm' ? '409 claim.not_leased' : '200';
  // Confirmed: it may be proven again, and doubted while an attempt is open.
  if (deed === 'confirm') return '200';
  const mayDoubt = deed === 'fail' && (unit.isOpen || unit.isDoubted);
  return mayDoubt ? '200' : '409 claim.confirmed';
}

/** What a deed that was answered 200 makes of a unit. */
export function afterDeed(unit: UnitModel, deed: Deed): void {
  if (unit.state === 'confirmed') {
    if (unit.isOpen) unit.isDoubted = deed === 'fail';
  } else if (deed === 'void') unit.state = 'void';
  else unit.state = deed === 'fail' ? 'failed' : 'confirmed';
  unit.isOpen = false;
}

/** What a granted claim makes of a unit; the sentence is what must never be, if it is so. */
export function afterClaim(
  model: LineModel,
  unit: UnitModel,
  bench: number,
  grant: { readonly claimId: string; deviceName: string; deviceSecret: string },
): string | undefined {
  const wasHeld = isHeld(unit);
  if (wasHeld && unit.deviceName !== grant.deviceName) {
    return `${unit.imei} held ${unit.deviceName ?? ''} and got ${grant.deviceName}`;
  }
  if (wasHeld && unit.deviceSecret !== grant.deviceSecret) return `${unit.imei}: another secret`;
  if (!wasHeld && model.everShown.has(grant.deviceName)) {
    return `${grant.deviceName} was shown before and given to ${unit.imei}`;
  }
  model.everShown.add(grant.deviceName);
  Object.assign(unit, grant);
  unit.holder = bench;
  unit.isOpen = true;
  if (unit.state !== 'confirmed') {
    unit.state = 'leased';
    unit.isDoubted = false;
  }
  return undefined;
}
