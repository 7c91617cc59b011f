import { z } from 'zod';
import { parsePublicId } from '../../core/public-id.js';
import type { IdKind } from '../../core/public-id.js';

/** Reads a public identifier of one kind into its number, e.g. `ord-17` into 17. */
export function idParam(kind: IdKind): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const id = parsePublicId(kind, text);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: `expected an identifier like ${kind}-17` });
    return z.NEVER;
  });
}
