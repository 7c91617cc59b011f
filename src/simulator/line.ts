import { Secret } from '../core/secret.js';

/** A line of the unit. Shape: `shown` is what may be seen of it; a bare text may be seen whole. */
export type Line = string | { readonly text: string; readonly shown: string };

type Part = string | number | Secret | undefined;

/**
 * Makes a line from a template; a secret in it is shown as its length.
 *
 * Shape: ``line`+X: "${name}","${secret}"` ``; what is undefined is empty.
 */
export function line(texts: TemplateStringsArray, ...parts: readonly Part[]): Line {
  const join = (show: (part: Part) => string): string =>
    texts.map((text, at) => text + show(parts[at])).join('');
  return { text: join(writtenOut), shown: join(masked) };
}

/** The bytes of a line. */
export function textOf(said: Line): string {
  return typeof said === 'string' ? said : said.text;
}

/** What may be seen of a line. */
export function shownOf(said: Line): string {
  return typeof said === 'string' ? said : said.shown;
}

function writtenOut(part: Part): string {
  if (part instanceof Secret) return part.expose();
  return part === undefined ? '' : String(part);
}

function masked(part: Part): string {
  if (!(part instanceof Secret)) return writtenOut(part);
  return `(${String(Buffer.byteLength(writtenOut(part)))} bytes)`;
}
