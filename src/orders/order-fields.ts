import { z } from 'zod';
import { defaultProofs, proofs } from '../core/lifecycle.js';
import { idParam } from '../platform/http/id-param.js';
import { textField } from '../platform/http/text-field.js';

/** Units: triples; the largest order. */
export const maxQuantity = 10_000_000;

/** The fields of an order that may be given when it is placed, and some of them later. */
export const orderFields = {
  quota: z.number().int().min(1).max(maxQuantity),
  expiresAt: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  stations: z.array(idParam('st')).max(1000).transform(unique),
  acceptProofs: z
    .array(z.enum(proofs))
    .min(1)
    .transform(unique)
    .default([...defaultProofs]),
  firmware: z.array(textField(100)).max(20).transform(unique),
  note: z.string().max(500),
};

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
