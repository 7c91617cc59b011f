/** What a public identifier names; the prefix keeps a station id from being taken for a claim id. */
export const idKinds = ['ord', 'st', 'clm', 'run', 'key', 'exp'] as const;
export type IdKind = (typeof idKinds)[number];

/** A public identifier. Shape: `{kind}-{number}`, e.g. `ord-17`. */
export function publicId(kind: IdKind, id: number): string {
  return `${kind}-${id}`;
}

/** Reads a public identifier of the given kind; undefined when it is none, or none that can be. */
export function parsePublicId(kind: IdKind, text: string): number | undefined {
  const match = /^([a-z]+)-([1-9]\d{0,14})$/.exec(text);
  if (match?.[1] !== kind) return undefined;
  const id = Number(match[2]);
  return id <= largestIds[kind] ? id : undefined;
}

/** Source: PostgreSQL 18 manual, 8.1: claims and runs are bigint, the others integer. */
const integer = 2 ** 31 - 1;
const largestIds: Readonly<Record<IdKind, number>> = {
  ord: integer,
  st: integer,
  key: integer,
  exp: integer,
  clm: Number.MAX_SAFE_INTEGER,
  run: Number.MAX_SAFE_INTEGER,
};
