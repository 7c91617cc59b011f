import type { Capture, Dialect, DialectCommand, IdentityQueries } from '../at/dialect.js';
import type { CommandTemplate } from '../at/render.js';

/** Where something stands in a dialect file. */
export type Path = readonly (string | number)[];

/** What is wrong with a field of a dialect file. Shape: `isUnread` where the field told nothing more. */
export interface DialectProblem {
  readonly path: Path;
  readonly message: string;
  readonly isUnread?: true;
}

/** Something of a dialect and where it stands. */
export interface Spot<T> {
  readonly path: Path;
  readonly value: T;
}

type IdentityName = keyof IdentityQueries;
const identityNames: readonly IdentityName[] = ['imei', 'sn', 'mac', 'iccid', 'firmware'];

/** Which values there are when a command is sent. */
type CommandValues = 'unit' | 'login' | 'broker' | 'none';

/** Gives every command that is sent with values. Shape: `values` are those there are at that time. */
export function commandSpots(
  dialect: Dialect,
): readonly (Spot<DialectCommand> & { readonly values: CommandValues })[] {
  const { network, login } = dialect;
  const all = (path: Path, commands: readonly DialectCommand[] = []) =>
    commands.map((value, at) => ({ path: [...path, at], value }));
  const some = (values: CommandValues, spots: readonly Spot<DialectCommand>[]) =>
    spots.map((spot) => ({ ...spot, values }));
  return [
    ...some('unit', [
      ...all(['write'], dialect.write),
      ...all(['readBack', 'prepare'], dialect.readBack.prepare),
    ]),
    ...some('login', [
      ...all(['network', 'prepare'], network?.prepare),
      ...(network ? [{ path: ['network', 'open'], value: network.open }] : []),
      ...(network ? [{ path: ['network', 'connect'], value: network.connect }] : []),
    ]),
    ...some('broker', [
      ...all(['login', 'prepare'], login?.prepare),
      ...(login?.open ? [{ path: ['login', 'open'], value: login.open }] : []),
      ...(login ? [{ path: ['login', 'connect'], value: login.connect }] : []),
    ]),
    ...some('none', [
      ...all(['network', 'close'], network?.close),
      ...all(['login', 'close'], login?.close),
    ]),
  ];
}

/** Gives every template in which a value may stand, those of data behind a prompt too. */
export function templateSpots(dialect: Dialect): readonly (Spot<CommandTemplate> & {
  readonly values: CommandValues;
  readonly isData: boolean;
})[] {
  const commands = commandSpots(dialect).flatMap(({ path, value, values }) => [
    { path, value, values, isData: false },
    ...(value.data ? [{ path: [...path, 'data'], value: value.data, values, isData: true }] : []),
  ]);
  const reads = dialect.readBack.commands.map((value, at) => ({
    path: ['readBack', 'commands', at],
    value,
    values: 'unit' as const,
    isData: false,
  }));
  return [...commands, ...reads];
}

/** Gives every command without values. */
export function plainSpots(dialect: Dialect): readonly Spot<string>[] {
  return [
    { path: ['sync', 'command'], value: dialect.sync.command },
    { path: ['restart', 'command'], value: dialect.restart.command },
    ...dialect.prologue.map((value, at) => ({ path: ['prologue', at], value })),
    ...querySpots(dialect).map(({ path, value }) => ({
      path: [...path, 'command'],
      value: value.command,
    })),
  ];
}

/** Gives every question of identity and of the family. */
export function querySpots(
  dialect: Dialect,
): readonly Spot<{ readonly command: string; readonly capture: Capture }>[] {
  const named = identityNames.flatMap((name) =>
    (dialect.identity[name] ?? []).map((value, at) => ({ path: ['identity', name, at], value })),
  );
  return [...dialect.match.map((value, at) => ({ path: ['match', at], value })), ...named];
}

/**
 * What a capture is for.
 *
 * Shape: only groups in `groups` mean something there; one of `needs` has to be there; `isRead` where
 * it is looked for among the lines of an answer, `isAwaited` where a step waits for it.
 */
export interface CaptureSpot extends Spot<Capture> {
  readonly groups: readonly string[];
  readonly needs: readonly string[];
  readonly isRead: boolean;
  readonly isAwaited: boolean;
}

const codes = ['code', 'late', 'unreachable'];

/** Gives every capture of a dialect. */
export function captureSpots(dialect: Dialect): readonly CaptureSpot[] {
  const { network, readBack } = dialect;
  const other = { groups: codes, needs: [], isRead: false, isAwaited: false };
  const awaited = { ...other, isAwaited: true };
  const at = (path: Path, value: Capture | undefined, meaning: Omit<CaptureSpot, keyof Spot<0>>) =>
    value === undefined ? [] : [{ path, value, ...meaning }];
  const value = { groups: ['value'], needs: ['value'], isRead: true, isAwaited: false };
  const received = { ...awaited, groups: ['payload'], needs: ['payload'] };
  return [
    ...querySpots(dialect).flatMap(({ path, value: { capture } }) =>
      at([...path, 'capture'], capture, value),
    ),
    ...commandSpots(dialect).flatMap(({ path, value: { success, failure } }) => [
      ...at([...path, 'success'], success, awaited),
      ...at([...path, 'failure'], failure, other),
    ]),
    ...readBack.commands.flatMap(({ captures }, command) =>
      captures.flatMap((one, line) =>
        at(['readBack', 'commands', command, 'captures', line], one, {
          groups: readBack.proves,
          needs: [],
          isRead: true,
          isAwaited: false,
        }),
      ),
    ),
    ...at(['network', 'received'], network?.received, received),
    ...at(['network', 'linkLost'], network?.linkLost, other),
  ];
}
