import { captureAll, captureLine } from './capture.js';
import type { Dialect } from './dialect.js';
import { usual } from './dialects/common.js';

/** What a module said about itself: the lines of its answers, by the command that was sent. */
export type IdentityAnswers = ReadonlyMap<string, readonly string[]>;

/** Lists the commands by which dialects are told apart: each once, those that most of them have first. */
export function identityCommands(dialects: readonly Dialect[]): readonly string[] {
  return mostCommonFirst(
    dialects.map(({ match }) => [...new Set(match.map(({ command }) => command))]),
  );
}

/** Finds the dialects to which a module belongs by its own answers. */
export function dialectsOf(
  dialects: readonly Dialect[],
  answers: IdentityAnswers,
): readonly Dialect[] {
  return dialects.filter(({ match }) =>
    match.some(({ command, capture }) =>
      (answers.get(command) ?? []).some((line) => captureLine(line, capture) !== undefined),
    ),
  );
}

/**
 * Repeats what a module calls itself, for a person; empty where it says nothing fit to be repeated.
 *
 * Shape: names such as `NT35E, NT35ECNR01A01`, at most three. A line that is longer than a name, or
 * holds anything but a name, is left out: it may be a number of the unit, or a secret that came late.
 */
export function modelText(answers: IdentityAnswers): string {
  const names = [...answers.values()]
    .flat()
    .flatMap((line) => captureAll(line, [{ pattern: modelName }]))
    .map(({ fields }) => fields['name'] ?? '');
  return [...new Set(names)].slice(0, 3).join(', ');
}

/** A device secret has 32 characters, an IMEI no letter. */
const modelName = '(?:\\+C?GM[MR]: ?|Model: ?|Revision: ?)?"?(?<name>[A-Za-z][\\w .()-]{1,30})"?';

/**
 * Makes the little that can be spoken with a module whose dialect is not known yet.
 *
 * Shape: the rates of all the dialects, and what any of them takes for a restart, an event or a secret.
 * It writes nothing.
 */
export function neutralDialect(dialects: readonly Dialect[]): Dialect {
  const all = (list: (dialect: Dialect) => readonly string[]): readonly string[] => [
    ...new Set(dialects.flatMap(list)),
  ];
  return {
    ...usual,
    id: 'unknown',
    label: 'Any module',
    modules: [],
    source: 'ITU-T V.250',
    confidence: 'documented',
    match: [],
    uart: {
      baudRates: mostCommonFirst(dialects.map(({ uart }) => uart.baudRates)),
      hasAutobaud: true,
    },
    identity: { imei: [], sn: [], iccid: [], firmware: [] },
    write: [],
    readBack: { prepare: [], commands: [], proves: [], emptyErrors: [], mode: 'none' },
    persistence: 'unknown',
    restart: { command: 'AT', hasFinal: true, bannerMs: 0, pollTries: 1, pollMs: 0 },
    banners: all(({ banners }) => banners),
    urcHeads: all(({ urcHeads }) => urcHeads),
    secretHeads: all(({ secretHeads }) => secretHeads),
    busyLines: all(({ busyLines }) => busyLines),
  };
}

/** Shape: each value once; what stands in as many lists keeps its order. */
function mostCommonFirst<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const counts = new Map<T, number>();
  for (const value of lists.flat()) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value);
}
