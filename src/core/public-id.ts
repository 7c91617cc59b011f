/** What a public identifier names; the prefix keeps a station id from being taken for a claim id. */
export const idKinds = ['ord', 'st', 'clm', 'run', 'key'] as const;
export type IdKind = (typeof idKinds)[number];

/** A public identifier. Shape: `{kind}-{number}`, e.g. `ord-17`. */
export function publicId(kind: IdKind, id: number): string {
  return `${kind}-${id}`;
}

/** Reads a public identifier of the given kind; undefined when it is none. */
export function parsePublicId(kind: IdKind, text: string): number | undefined {
  const match = /^([a-z]+)-([1-9]\d{0,14})$/.exec(text);
  return match && match[1] === kind ? Number(match[2]) : undefined;
}
