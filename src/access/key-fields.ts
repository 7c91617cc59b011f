import { z } from 'zod';

/** Units: seconds. A line is given its new keys within a shift or two. */
const usualOverlapSeconds = 24 * 3600;
const maxOverlapSeconds = 90 * 24 * 3600;

const expiresAt = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** What may be said of a key. */
export const keyFields = {
  expiresAt: expiresAt.optional(),
  maxPerSecond: z.number().int().min(0).max(100_000).optional(),
};

/** How a key is to be replaced. Units: seconds that the key before stays valid. */
export const rotateBody = z
  .strictObject({
    overlapSeconds: z.number().int().min(0).max(maxOverlapSeconds).default(usualOverlapSeconds),
    expiresAt: keyFields.expiresAt,
  })
  .prefault({});
