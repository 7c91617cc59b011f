import { expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { dialects } from '../../src/at/find-dialect.js';
import type { OrderTerms } from '../../src/jig/order-terms.js';
import { checkTerms } from '../../src/jig/order-terms.js';
import { SlotStop } from '../../src/jig/slot-result.js';
import { ClaimDesk } from './claim-desk.js';
import { runPeer } from './run-peer.js';

const terms: OrderTerms = {
  provisioning: 'device-secret',
  acceptVolatile: false,
  acceptProofs: ['digest', 'secret', 'fingerprint', 'login'],
};
const forgetful = { ...lierdaLmqtt, persistence: 'ram' as const };
const { network, ...unconnected } = lierdaLmqtt;

it.each([
  ['volatile', forgetful, terms],
  ['registration_unsupported', unconnected, { ...terms, provisioning: 'product-secret' as const }],
  ['read_back_unproven', lierdaLmqtt, { ...terms, acceptProofs: ['word'] as const }],
] as const)(
  'claims nothing for a module that can only end as %s',
  async (reason, dialect, given) => {
    const { result, desk, peer } = await runPeer({}, new ClaimDesk(), { dialect, terms: given });
    expect(network, 'there is one to leave out').toBeDefined();
    expect(result).toMatchObject({ reason, unit: { imei: '862000000000001' } });
    expect(result.claimId).toBeUndefined();
    expect(desk.log).toEqual([]);
    expect(peer.stored).toBeUndefined();
  },
);

function told(dialect: Dialect, given: Partial<OrderTerms>): string | undefined {
  try {
    checkTerms(dialect, { ...terms, ...given });
  } catch (error) {
    return error instanceof SlotStop ? `${error.reason}: ${error.detail ?? ''}` : undefined;
  }
  return undefined;
}

it.each(dialects.map((dialect) => [dialect.id, dialect] as const))(
  'advises for %s only kinds of order under which it would pass',
  (_, dialect) => {
    for (const provisioning of ['device-secret', 'product-secret'] as const) {
      const advice = told(dialect, { provisioning }) ?? '';
      const advised: Partial<OrderTerms> = {
        provisioning: advice.includes('device-secret order') ? 'device-secret' : provisioning,
        acceptVolatile: advice.includes('acceptVolatile'),
      };
      const isAdvised = /acceptVolatile|device-secret order/.test(advice);
      if (isAdvised) expect(told(dialect, advised)).toBeUndefined();
      else expect(advice).toMatch(/^$|^read_back_unproven|^registration_unsupported/);
      expect(advice).not.toContain('one type one secret');
    }
  },
);
