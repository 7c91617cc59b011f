import { DomainError } from '../core/errors.js';

/** Exit codes: 1 when the work found or met trouble, 2 for a wrong setting or use. */
export const exitCodes = { trouble: 1, wrongUse: 2 } as const;

/** Tells an error in one line on standard error and sets the exit code. */
export function tell(error: unknown, exitCode: number): void {
  const line = error instanceof DomainError ? lineOf(error) : 'internal error';
  process.stderr.write(`triplemint: ${line}\n`);
  process.exitCode = exitCode;
}

function lineOf({ code, detail, entry }: DomainError): string {
  return `${code}: ${(detail || entry.title).replaceAll('\n', ' ')}`;
}
