import { Chances } from './chances.js';
import type { ChanceRates } from './chances.js';
import type { EchoForm, Family } from './context.js';
import type { FaultName } from './faults.js';
import { makeIdentity } from './identity.js';
import type { UnitPlace } from './identity.js';
import { SimulatedUnit } from './simulated-unit.js';
import type { UnitHost } from './unit-options.js';

/** How the units of a slot are made. Shape: echo as the family has it where it is left out. Units: ms. */
export interface UnitPlan {
  readonly family: Family;
  readonly faults: ReadonlySet<FaultName>;
  readonly chances: ChanceRates;
  readonly hasEcho?: boolean;
  readonly echoForm?: EchoForm;
  readonly isVolatile: boolean;
  readonly bootMs: number;
}

/** A board that no slot comes to: whose IMEI a unit shows that changes it. */
const otherBoard = 1_000;

/** Makes the unit of a place, with the fault that it gets by chance; the same place gives the same unit. */
export function makeUnit(plan: UnitPlan, place: UnitPlace, host: UnitHost): SimulatedUnit {
  const { family, isVolatile, bootMs } = plan;
  const chances = new Chances(plan.chances, place);
  const byChance = chances.fault();
  const faults = new Set([...plan.faults, ...(byChance ? [byChance] : [])]);
  return new SimulatedUnit(
    {
      family,
      identity: makeIdentity(place, faults, family),
      laterIdentity: makeIdentity({ ...place, board: place.board + otherBoard }, faults, family),
      faults,
      chances,
      hasEcho: plan.hasEcho ?? family.echo.isOn,
      echoForm: plan.echoForm ?? family.echo.form,
      isVolatile,
      bootMs,
    },
    host,
  );
}
