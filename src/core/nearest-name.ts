/**
 * Gives the name that somebody may have meant by one that nobody has, if there is such.
 *
 * Shape: by the letters to change; of names that share a word between hyphens (`quectel-bc26`), or of
 * whose letters two thirds are right.
 */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const meant = wrong.toLowerCase();
  const words = new Set(meant.split('-'));
  const most = Math.floor(meant.length / 3);
  const [nearest] = names
    .map((name) => ({ name, letters: lettersToChange(meant, name) }))
    .filter(({ name, letters }) => letters <= most || name.split('-').some((one) => words.has(one)))
    .sort((one, other) => one.letters - other.letters);
  return nearest?.name;
}

/** The Levenshtein distance: letters to add, to drop or to replace. */
function lettersToChange(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [count, letter] of Array.from(from).entries()) {
    const next = [count + 1];
    for (const [at, other] of Array.from(to).entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
