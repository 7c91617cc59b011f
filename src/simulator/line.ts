import { createHash } from 'node:crypto';
import { Secret } from '../core/secret.js';

/**
 * A line of the unit.
 *
 * Shape: `shown` is what may be seen of it, `starred` has asterisks for secrets; a bare text may be
 * seen whole.
 */
export type Line =
  string | { readonly text: string; readonly shown: string; readonly starred: string };

type Part = string | number | Secret | undefined;

/**
 * Makes a line from a template; a secret in it is shown as its length.
 *
 * Shape: ``line`+X: "${name}","${secret}"` ``; what is undefined is empty.
 */
export function line(texts: TemplateStringsArray, ...parts: readonly Part[]): Line {
  const join = (show: (part: Part) => string): string =>
    texts.map((text, at) => text + show(parts[at])).join('');
  return { text: join(writtenOut), shown: join(masked), starred: join(starred) };
}

/** The bytes of a line. */
export function textOf(said: Line, isStarred = false): string {
  if (typeof said === 'string') return said;
  return isStarred ? said.starred : said.text;
}

/** What may be seen of a line. */
export function shownOf(said: Line): string {
  return typeof said === 'string' ? said : said.shown;
}

/** How many bytes a secret has. */
export function sizeOf(secret: Secret): number {
  return Buffer.byteLength(writtenOut(secret));
}

/** The SHA-256 of a secret in upper-case hex. */
export function fingerprintOf(secret: Secret): string {
  return createHash('sha256').update(writtenOut(secret)).digest('hex').toUpperCase();
}

function writtenOut(part: Part): string {
  if (part instanceof Secret) return part.expose();
  return part === undefined ? '' : String(part);
}

function masked(part: Part): string {
  if (!(part instanceof Secret)) return writtenOut(part);
  return `(${String(sizeOf(part))} bytes)`;
}

function starred(part: Part): string {
  return part instanceof Secret ? '*'.repeat(sizeOf(part)) : writtenOut(part);
}
