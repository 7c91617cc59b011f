/**
 * Draws a text from an alphabet without bias.
 *
 * Shape: `random` must hold enough bytes that rejection leaves `length`; four per character is
 * always plenty for 62 letters.
 * Errors: RangeError when the bytes run out, which is a programming error.
 */
export function randomText(alphabet: string, length: number, random: Uint8Array): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  for (const byte of random) {
    if (text.length === length) break;
    if (byte < limit) text += alphabet.charAt(byte % alphabet.length);
  }
  if (text.length < length) throw new RangeError('too few random bytes');
  return text;
}
