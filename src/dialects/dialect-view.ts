import type { Dialect } from '../at/dialect.js';
import type { Rival } from '../at/rival-dialects.js';
import type { KnownDialect } from './dialect.service.js';

/** A dialect as it stands in a list: what it is for and what it can. */
export interface DialectView extends Pick<
  Dialect,
  'id' | 'label' | 'modules' | 'source' | 'confidence' | 'persistence'
> {
  readonly readBack: Dialect['readBack']['mode'];
  /** How a unit may fetch its own triple. */
  readonly registration: readonly ('network' | 'module')[];
  readonly baudRates: readonly number[];
  readonly isBuiltIn: boolean;
  readonly revision: number | null;
  readonly changedAt: string | null;
  readonly changedBy: string | null;
}

/**
 * The answer to a dialect that was added.
 *
 * Shape: `rivals` are the dialects that know the same modules, so that a slot has to name one.
 */
export interface AddedDialectView extends DialectView {
  readonly rivals: readonly Rival[];
}

/** Builds the answer for one dialect, field by field. */
export function dialectView({ dialect, own }: KnownDialect): DialectView {
  const { id, label, modules, source, confidence, persistence, readBack, uart } = dialect;
  return {
    id,
    label,
    modules,
    source,
    confidence,
    persistence,
    readBack: readBack.mode,
    registration: [
      ...(dialect.network ? ['network' as const] : []),
      ...(dialect.moduleRegistration ? ['module' as const] : []),
    ],
    baudRates: uart.baudRates,
    isBuiltIn: own === undefined,
    revision: own?.revision ?? null,
    changedAt: own?.changedAt.toISOString() ?? null,
    changedBy: own?.changedBy ?? null,
  };
}
