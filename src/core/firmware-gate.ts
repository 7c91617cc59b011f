/**
 * Tells whether an order lets a unit with this firmware pass.
 *
 * Shape: `*` in a pattern stands for any characters, none included; upper and lower case differ. No
 * pattern lets everything pass; a unit that reports no firmware passes only then.
 */
export function passesFirmwareGate(
  patterns: readonly string[],
  firmware: string | undefined,
): boolean {
  if (patterns.length === 0) return true;
  return firmware !== undefined && patterns.some((pattern) => matches(pattern, firmware));
}

/** Compares piece by piece from the left: linear, whatever the pattern holds. */
function matches(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
