import { z } from 'zod';
import { provisionings } from '../core/lifecycle.js';
import type { ListKind } from '../core/device-list.js';
import { maxQuantity, orderFields } from './order-fields.js';
import type { ListOrder } from './order-list-placing.js';

const naming = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sequence'),
    prefix: z.string().max(32),
    start: z.number().int().min(0).max(1_000_000_000).default(1),
    width: z.number().int().min(1).max(32),
  }),
  z.strictObject({
    kind: z.literal('random'),
    prefix: z.string().max(32).default(''),
    length: z.number().int().min(1).max(32),
  }),
  z.strictObject({ kind: z.literal('list'), names: z.array(z.string()).min(1).max(1_000_000) }),
]);

/**
 * An order as JSON.
 *
 * Shape: `quantity` may be left out beside a list of names, which says it already.
 */
export const placeBody = z
  .strictObject({
    quantity: z.number().int().min(1).max(maxQuantity).optional(),
    naming,
    provisioning: z.enum(provisionings).default('device-secret'),
    acceptVolatile: z.boolean().default(false),
    acceptProofs: orderFields.acceptProofs,
    firmware: orderFields.firmware.default([]),
    quota: orderFields.quota.optional(),
    expiresAt: orderFields.expiresAt.optional(),
    stations: orderFields.stations.default([]),
    note: orderFields.note.optional(),
  })
  .transform((body, context) => {
    const listed = body.naming.kind === 'list' ? body.naming.names.length : undefined;
    const quantity = body.quantity ?? listed;
    if (quantity !== undefined && quantity === (listed ?? quantity)) return { ...body, quantity };
    const message = listed === undefined ? 'a number is needed' : `the list has ${listed} names`;
    context.addIssue({ code: 'custom', path: ['quantity'], message });
    return z.NEVER;
  });

/** A field of a query that may come more than once, or with commas. */
function several<T extends z.ZodType>(items: T): z.ZodOptional<z.ZodPreprocess<T>> {
  return z.preprocess((given) => split(given), items).optional();
}

function split(given: unknown): unknown {
  if (Array.isArray(given)) return given.flatMap(split);
  return typeof given === 'string' ? given.split(',') : given;
}

/** The fields of an order whose list comes as a file. */
export const listQuery = z.strictObject({
  provisioning: z.enum(provisionings).default('device-secret'),
  acceptVolatile: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  acceptProofs: several(orderFields.acceptProofs),
  firmware: several(orderFields.firmware),
  quota: z
    .string()
    .regex(/^\d{1,8}$/, 'a whole number')
    .transform(Number)
    .pipe(orderFields.quota)
    .optional(),
  expiresAt: orderFields.expiresAt.optional(),
  stations: several(orderFields.stations),
  note: orderFields.note.optional(),
});

/** The terms of an order by list, from either form. */
export function listOrder(
  kind: ListKind,
  fields: z.infer<typeof listQuery> | z.infer<typeof placeBody>,
): ListOrder {
  return {
    kind,
    provisioning: fields.provisioning,
    acceptVolatile: fields.acceptVolatile,
    acceptProofs: fields.acceptProofs ?? orderFields.acceptProofs.parse(undefined),
    firmware: fields.firmware ?? [],
    quota: fields.quota,
    expiresAt: fields.expiresAt ?? null,
    stationIds: fields.stations ?? [],
    note: fields.note ?? null,
  };
}
