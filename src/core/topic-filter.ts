/**
 * Tells whether everything that a filter covers is covered by another one.
 *
 * Shape: levels as `topicLevels` gives them, of a topic or a filter; `+` in `pattern` covers one
 * level, whatever it is, `+_reply` one with that end, `#` all that follows, nothing included.
 * Source: MQTT 3.1.1, 4.7.1.
 */
export function covers(pattern: readonly string[], wanted: readonly string[]): boolean {
  for (const [at, level] of pattern.entries()) {
    if (level === '#') return true;
    const asked = wanted[at];
    if (asked === undefined || !coversLevel(level, asked)) return false;
  }
  return pattern.length === wanted.length;
}

function coversLevel(level: string, asked: string): boolean {
  if (level === asked) return true;
  if (!level.startsWith('+') || asked === '#') return false;
  return level === '+' || (asked !== '+' && asked.endsWith(level.slice(1)));
}

/**
 * Takes a topic or a filter apart.
 *
 * Shape: undefined when a wildcard does not stand for a whole level, or `#` is not the last.
 * Source: MQTT 3.1.1, 4.7.1.
 */
export function topicLevels(text: string): readonly string[] | undefined {
  const levels = text.split('/');
  const isSound = levels.every(
    (level, at) =>
      !/[+#]/.test(level) || level === '+' || (level === '#' && at === levels.length - 1),
  );
  return isSound ? levels : undefined;
}

/** Tells whether a text can be the topic of a message. Source: MQTT 3.1.1, 4.7.1.1 and 4.7.3. */
export function isTopic(text: string): boolean {
  return text.length > 0 && !/[+#\0]/.test(text);
}
