import { expect, it } from 'vitest';
import { nearestName } from '../../src/core/nearest-name.js';

const names = ['lierda-lmqtt', 'quectel-qmt', 'simcom-a76xx', 'simcom-sim70xx', 'esp-at', 'luat'];

it.each([
  ['quectl-qmt', 'quectel-qmt'],
  ['Quectel-QMT', 'quectel-qmt'],
  ['quectel-bc26', 'quectel-qmt'],
  ['lierda', 'lierda-lmqtt'],
  ['simcom-sim7080', 'simcom-sim70xx'],
  ['simcom-a7670', 'simcom-a76xx'],
  ['espat', 'esp-at'],
  ['luat-', 'luat'],
  ['bc26', undefined],
  ['', undefined],
  ['at', 'esp-at'],
])('who writes %s may mean %s', (wrong, meant) => {
  expect(nearestName(wrong, names)).toBe(meant);
});
