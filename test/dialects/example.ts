import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = join(import.meta.dirname, '..', '..', 'docs', 'dialects.md');

/** Gives the dialect that docs/dialects.md shows, as text. */
export function exampleText(): string {
  const [, text] = /^```json\n(.*?)^```$/ms.exec(readFileSync(page, 'utf8')) ?? [];
  if (text === undefined) throw new Error('docs/dialects.md shows no dialect');
  return text;
}

/** A JSON value that a test may spoil. */
export type Json = Record<string, unknown>;

/** Gives the dialect of the page with fields changed. Shape: `write.0.text` -> value; undefined removes. */
export function exampleWith(changes: Readonly<Record<string, unknown>> = {}): Json {
  const example = JSON.parse(exampleText()) as Json;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    let place = example;
    for (const step of steps) place = (place[step] ??= {}) as Json;
    if (value === undefined) Reflect.deleteProperty(place, last);
    else place[last] = value;
  }
  return example;
}
