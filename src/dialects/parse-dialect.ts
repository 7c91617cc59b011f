import type { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
import { fieldWords } from '../platform/field-words.js';
import { dialectProblems } from './dialect-problems.js';
import { dialectShape } from './dialect-shape.js';

/** A dialect as a body of a request, with all that is checked. */
export const dialectBody = dialectShape.superRefine((dialect, context) => {
  for (const { path, message } of dialectProblems(dialect)) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

/** What is wrong with a field. Shape: `path` is `write.0.rules.deviceName`, empty for the whole. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * A dialect, or what is wrong with it.
 *
 * Shape: `hasMore` where something could not be read, so that what follows from it was not looked at.
 */
export type ParsedDialect =
  | { readonly dialect: Dialect }
  | { readonly problems: readonly FieldProblem[]; readonly hasMore: boolean };

/** Reads a dialect, or tells everything that is wrong with it. */
export function parseDialect(value: unknown): ParsedDialect {
  const shaped = dialectShape.safeParse(value, { error: fieldWords });
  if (!shaped.success) {
    return { problems: shaped.error.issues.flatMap(problemsOf), hasMore: true };
  }
  const problems = dialectProblems(shaped.data);
  if (problems.length === 0) return { dialect: shaped.data };
  return {
    problems: problems.map(({ path, message }) => ({ path: path.join('.'), message })),
    hasMore: problems.some(({ isUnread }) => isUnread === true),
  };
}

function problemsOf(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  const fields = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
  return fields.map((field) => ({
    path: [...issue.path, ...field].join('.'),
    message: issue.code === 'unrecognized_keys' ? 'is no field of a dialect' : issue.message,
  }));
}
