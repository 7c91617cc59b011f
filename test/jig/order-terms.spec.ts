import { expect, it } from 'vitest';
import { lierdaLmqtt } from '../../src/at/dialects/lierda-lmqtt.js';
import { nrf91 } from '../../src/at/dialects/nrf91.js';
import type { OrderTerms } from '../../src/jig/order-terms.js';
import { checkTerms } from '../../src/jig/order-terms.js';
import { SlotStop } from '../../src/jig/slot-result.js';
import { ClaimDesk } from './claim-desk.js';
import { runPeer } from './run-peer.js';

const terms: OrderTerms = {
  provisioning: 'device-secret',
  acceptVolatile: false,
  acceptProofs: ['digest', 'login'],
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
    expect(result).toMatchObject({ reason, unit: { imei: '862000000000001' } });
    expect(result.claimId).toBeUndefined();
    expect(desk.log).toEqual([]);
    expect(peer.stored).toBeUndefined();
  },
);

it('does not advise the kind of order that it is in', () => {
  expect(network).toBeDefined();
  const told = (provisioning: OrderTerms['provisioning']): string | undefined => {
    try {
      checkTerms(forgetful, { ...terms, provisioning });
    } catch (error) {
      return error instanceof SlotStop ? error.detail : undefined;
    }
    return undefined;
  };
  expect(told('device-secret')).toContain('one type one secret');
  expect(told('product-secret')).toContain('acceptVolatile');
  expect(told('product-secret')).not.toContain('one type one secret');
  expect(() => checkTerms(nrf91, { ...terms, provisioning: 'product-secret' })).toThrow(SlotStop);
});
