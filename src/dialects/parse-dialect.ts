import type { z } from 'zod';
import type { Dialect } from '../at/dialect.js';
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

/** Reads a dialect, or tells everything that is wrong with it. */
export function parseDialect(
  value: unknown,
): { readonly dialect: Dialect } | { readonly problems: readonly FieldProblem[] } {
  const parsed = dialectBody.safeParse(value);
  if (parsed.success) return { dialect: parsed.data };
  return { problems: parsed.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  const fields = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
  return fields.map((field) => ({
    path: [...issue.path, ...field].join('.'),
    message: issue.code === 'unrecognized_keys' ? 'is no field of a dialect' : issue.message,
  }));
}
