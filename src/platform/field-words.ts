import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/**
 * Says what is wrong with a field, for the place behind its name: `must be a number`.
 *
 * Shape: for `error` of a parse, or `customError` of zod; undefined leaves the words to zod. Words of a
 * schema of ours come first. What was sent is never repeated, but for the name of an unknown field.
 */
export function fieldWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_union':
      return issue.input === undefined ? 'is missing' : 'is none of what may stand here';
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    case 'too_small':
      return sizeWords(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return sizeWords(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    default:
      return undefined;
  }
}

const measures: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'entry',
  number: '',
  int: '',
};

function sizeWords(
  { origin }: { readonly origin: string },
  bound: number | bigint,
  how: string,
): string | undefined {
  const measure = measures[origin];
  if (measure === undefined) return undefined;
  if (measure === '') return `must be ${how} ${bound}`;
  const many = measure === 'entry' ? 'entries' : `${measure}s`;
  return `must have ${how} ${bound} ${Number(bound) === 1 ? measure : many}`;
}
