import { z } from 'zod';
import { maxUnitsPerName, registrationModes, repeatRules } from '../core/registration-policy.js';
import { isNetwork } from '../platform/networks.js';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** Units: devices; what an integer of the database holds. */
const maxQuota = 2_147_483_647;
const maxNetworks = 100;

/** The registration policy of a product as an admin sends it; what is left out stays as it is. */
export const registrationFields = z.strictObject({
  mode: z.enum(registrationModes).optional(),
  allowPlaintext: z.boolean().optional(),
  repeat: z.enum(repeatRules).optional(),
  quota: z.number().int().min(0).max(maxQuota).nullable().optional(),
  opensAt: instant.nullable().optional(),
  closesAt: instant.nullable().optional(),
  allowedNetworks: z
    .array(
      z
        .string()
        .refine(
          isNetwork,
          'a network such as 10.0.0.0/8 or 2001:db8::/32; one address is 192.0.2.7/32',
        ),
    )
    .max(maxNetworks)
    .nullable()
    .transform((networks) => networks ?? [])
    .optional(),
  maxPerSecond: z.number().int().min(1).max(1_000_000).nullable().optional(),
  unitsPerName: z.number().int().min(1).max(maxUnitsPerName).optional(),
});
