import type { Dialect } from '../at/dialect.js';
import type { SlotPhase } from '../jig/slot-result.js';
import type { Trial } from './dialect-trial.js';

/** One line of what came of a trial. Shape: `fits` undefined where nothing could be compared. */
export interface Finding {
  readonly step: string;
  readonly result: string;
  readonly said: string;
  readonly observed: string;
  readonly fits?: boolean;
}

const shownPhases = ['connect', 'sync', 'identify', 'write', 'read_back', 'restart', 'verify'];

/** Holds what a module did against what its dialect says. */
export function findingsOf(trial: Trial, dialect: Dialect | undefined): readonly Finding[] {
  const { result, phases } = trial;
  const ended = phases.at(-1);
  const steps = phases
    .filter((phase, at) => shownPhases.includes(phase) && phases.indexOf(phase) === at)
    .map((phase) => stepOf(phase, phase === ended && !isGood(trial, dialect), trial));
  const found = [...steps, matchOf(trial, dialect), ...identityOf(trial)];
  if (!isGood(trial, dialect)) {
    const observed = result.detail ?? '-';
    return [
      ...found,
      { step: 'end', result: result.reason ?? '-', said: '-', observed, fits: false },
    ];
  }
  const isWritten = dialect !== undefined && phases.includes('write');
  return isWritten ? [...found, readBackOf(trial, dialect), persistenceOf(trial, dialect)] : found;
}

/** Whether the slot came as far as it can with this dialect. */
function isGood({ result }: Trial, dialect: Dialect | undefined): boolean {
  const provesNothing = ['none', 'masked'].includes(dialect?.readBack.mode ?? '');
  return (
    result.outcome === 'PASS' ||
    result.reason === 'claim_refused' ||
    (result.reason === 'read_back_unproven' && provesNothing)
  );
}

function stepOf(phase: SlotPhase, hasFailed: boolean, { result }: Trial): Finding {
  const what = hasFailed ? (result.reason ?? 'failed') : 'ok';
  return { step: phase.replace('_', '-'), result: what, said: '-', observed: '-' };
}

function matchOf({ isKnown, result }: Trial, dialect: Dialect | undefined): Finding {
  if (dialect === undefined) {
    const { dialect: id } = result;
    const found = id === undefined ? 'not found' : 'found';
    return {
      step: 'dialect',
      result: found,
      said: '-',
      observed: id ?? '-',
      fits: id !== undefined,
    };
  }
  if (isKnown === undefined) {
    return { step: 'match', result: 'not asked', said: 'nothing', observed: '-' };
  }
  const observed = isKnown ? 'this family' : 'another family';
  const said = dialect.match.map(({ capture }) => capture.pattern).join(' or ');
  return { step: 'match', result: isKnown ? 'ok' : 'no', said, observed, fits: isKnown };
}

function identityOf({ result: { unit = {} } }: Trial): readonly Finding[] {
  return (['imei', 'sn', 'mac', 'iccid', 'firmware'] as const).flatMap((name) => {
    const value = unit[name];
    return value === undefined ? [] : [{ step: name, result: 'told', said: '-', observed: value }];
  });
}

function readBackOf({ result }: Trial, { readBack: { mode } }: Dialect): Finding {
  const observed = result.outcome === 'PASS' ? mode : `${mode}: the secret is not shown`;
  return { step: 'shows', result: 'ok', said: mode, observed, fits: true };
}

function persistenceOf({ result }: Trial, { persistence }: Dialect): Finding {
  const step = 'keeps';
  if (result.outcome !== 'PASS') {
    return { step, result: 'not seen', said: persistence, observed: 'nothing to compare' };
  }
  const fits = persistence === 'unknown' || (persistence === 'ram') === result.isVolatile;
  const observed = result.isVolatile ? 'ram: gone after the restart' : 'nvm: kept over the restart';
  return { step, result: fits ? 'ok' : 'differs', said: persistence, observed, fits };
}
