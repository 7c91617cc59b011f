import { expect, test } from 'vitest';
import { checkFamilies, familyOf, parseSlotFamilies } from '../../src/simulator/families.js';
import { startSimulator } from '../../src/simulator/simulator.js';

test('a family may be said for all slots, for one and for a range; what is said last counts', () => {
  const chosen = parseSlotFamilies('quectel-bc26,2-3:esp-at,3:lierda-nt35e') ?? [];
  expect([1, 2, 3, 4].map((slot) => familyOf(slot, chosen).name)).toEqual([
    'quectel-bc26',
    'esp-at',
    'lierda-nt35e',
    'quectel-bc26',
  ]);
  expect(familyOf(1, []).name).toBe('lierda-nt35e');
});

test('each slot plays its own family', async () => {
  const families = parseSlotFamilies('2:quectel-bc26') ?? [];
  const simulator = await startSimulator({ slots: 2, families });
  await simulator.close();
  expect(simulator.modules.map(({ family }) => family)).toEqual(['lierda-nt35e', 'quectel-bc26']);
});

test('a family for a slot that does not exist is refused', () => {
  const chosen = parseSlotFamilies('2-9:esp-at') ?? [];
  expect(() => {
    checkFamilies(8, chosen);
  }).toThrow(expect.objectContaining({ code: 'request.invalid' }));
});
