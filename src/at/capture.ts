import { Secret } from '../core/secret.js';
import type { Capture } from './dialect.js';
import type { Captured } from './step.js';

/** Matches a whole line against a pattern and takes its named groups, secrets wrapped at once. */
export function captureLine(line: string, capture: Capture): Captured | undefined {
  // With `s`, a payload that holds line breaks still is one line.
  const match = new RegExp(`^(?:${capture.pattern})$`, 's').exec(line);
  if (match === null) {
    return undefined;
  }
  const fields: Record<string, string> = {};
  const secrets: Record<string, Secret> = {};
  for (const [name, text] of Object.entries(match.groups ?? {})) {
    const value = (text as string | undefined) ?? '';
    if (capture.secrets?.includes(name) === true) {
      secrets[name] = new Secret(value);
    } else {
      fields[name] = value;
    }
  }
  return { fields, secrets };
}

/** Gives every reading of a line that one of the patterns allows. */
export function captureAll(line: string, captures: readonly Capture[]): readonly Captured[] {
  return captures.flatMap((capture) => captureLine(line, capture) ?? []);
}
