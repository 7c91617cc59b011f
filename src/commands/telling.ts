import { catalogue } from '../core/error-catalogue.js';
import { DomainError } from '../core/errors.js';

/** Exit codes: 1 when the work found or met trouble, 2 for a wrong setting or use. */
export const exitCodes = { trouble: 1, wrongUse: 2 } as const;

/** Tells an error on standard error, below it what to do, and sets the exit code. */
export function tell(error: unknown, exitCode: number): void {
  const known = error instanceof DomainError ? error : new DomainError('internal', '');
  const { code, detail, entry, action } = known;
  process.stderr.write(`triplemint: ${code}: ${inOneLine(detail || entry.title)}\n`);
  tellAction(action);
  process.exitCode = exitCode;
}

/** Tells what to do about a code that stands in an answer. */
export function tellActionFor(code: unknown): void {
  if (typeof code !== 'string' || !Object.hasOwn(catalogue, code)) return;
  tellAction(catalogue[code as keyof typeof catalogue].action.en);
}

function tellAction(text: string): void {
  process.stderr.write(`  ${inOneLine(text)}\n`);
}

function inOneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}
