import { digestOf } from './shown-secrets.js';
import type { KeptOrigin, ShownSecret } from './shown-secrets.js';

/** Where a secret stood in an answer. Shape: `at` are names and places from the outside in. */
export interface Hole extends KeptOrigin {
  readonly at: readonly (string | number)[];
}

/** An answer as it is kept: JSON texts; `holes` is null when the answer showed no secret. */
export interface KeptAnswer {
  readonly body: string | null;
  readonly holes: string | null;
}

/**
 * Takes the secrets out of an answer before it is kept.
 *
 * Shape: `body` is JSON text. Errors: throws when a secret stands inside a longer text, which could
 * not be kept without it.
 */
export function keepAnswer(body: string | null, secrets: readonly ShownSecret[]): KeptAnswer {
  if (body === null || secrets.length === 0) return { body, holes: null };
  const holes: Hole[] = [];
  const taken = walk(JSON.parse(body), [], (leaf, at) => {
    const secret = secrets.find(({ text }) => text === leaf);
    if (!secret) return leaf;
    holes.push({ at, origin: secret.origin, digest: digestOf(secret.text) });
    return null;
  });
  const kept = JSON.stringify(taken);
  if (secrets.some(({ text }) => kept.includes(text))) {
    throw new Error('an answer to keep has a secret inside a longer text');
  }
  return { body: kept, holes: holes.length > 0 ? JSON.stringify(holes) : null };
}

/**
 * Puts the secrets back into a kept answer.
 *
 * Shape: the text as it went out, or undefined when one of them is not to be had any more.
 */
export async function restoreAnswer(
  { body, holes }: KeptAnswer,
  again: (kept: KeptOrigin) => Promise<string | undefined>,
): Promise<string | null | undefined> {
  if (body === null || holes === null) return body;
  const texts = new Map<string, string>();
  for (const hole of JSON.parse(holes) as Hole[]) {
    const text = await again(hole);
    if (text === undefined) return undefined;
    texts.set(JSON.stringify(hole.at), text);
  }
  return JSON.stringify(
    walk(JSON.parse(body), [], (value, at) => texts.get(JSON.stringify(at)) ?? value),
  );
}

type Place = readonly (string | number)[];

/** Rebuilds JSON in its own order, with every text and null as `change` answers it. */
function walk(
  value: unknown,
  at: Place,
  change: (leaf: string | null, at: Place) => unknown,
): unknown {
  if (typeof value === 'string' || value === null) return change(value, at);
  if (Array.isArray(value)) return value.map((item, place) => walk(item, [...at, place], change));
  if (typeof value !== 'object') return value;
  const fields = Object.entries(value);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, walk(field, [...at, name], change)]),
  );
}
