/** What a line knows of one unit, only from answers that it received. */
export interface UnitRecord {
  readonly imei: string;
  /** Every triple it was ever given, in order; a later one only after the one before was voided. */
  readonly deviceNames: string[];
  claimId: string | undefined;
  state: 'new' | 'leased' | 'failed' | 'confirmed' | 'void' | 'refused';
}

/** What the stations of a line were told, together. */
export class Journal {
  readonly units = new Map<string, UnitRecord>();
  /** Sentences on what must never be. */
  readonly violations: string[] = [];
  readonly answers = { claims: 0, confirms: 0, fails: 0, voids: 0, quotaRefusals: 0 };
  retries = 0;

  /** Which unit holds a triple. */
  readonly #owners = new Map<string, string>();

  unit(imei: string): UnitRecord {
    const known = this.units.get(imei);
    if (known) return known;
    const made: UnitRecord = { imei, deviceNames: [], claimId: undefined, state: 'new' };
    this.units.set(imei, made);
    return made;
  }

  /** Notes that a unit was given a triple, and what is wrong with that. */
  given(unit: UnitRecord, deviceName: string, claimId: string): void {
    this.answers.claims += 1;
    const owner = this.#owners.get(deviceName);
    if (owner !== undefined && owner !== unit.imei) {
      this.violations.push(`${deviceName} was given to ${owner} and to ${unit.imei}`);
    }
    this.#owners.set(deviceName, unit.imei);
    const last = unit.deviceNames.at(-1);
    if (last !== deviceName) {
      if (last !== undefined && unit.state !== 'void') {
        this.violations.push(`${unit.imei} (${unit.state}) held ${last} and got ${deviceName}`);
      }
      unit.deviceNames.push(deviceName);
    }
    unit.claimId = claimId;
    if (unit.state !== 'confirmed') unit.state = 'leased';
  }

  /** How many triples were given out, as far as the line knows. */
  get shown(): number {
    return this.#owners.size;
  }
}
