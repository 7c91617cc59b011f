import { expect, it } from 'vitest';
import { runJig } from '../../src/jig/jig.js';
import type { SlotPhase } from '../../src/jig/slot-result.js';
import { ClaimDesk } from './claim-desk.js';
import { slotOptions, startPeer } from './run-peer.js';

const imeiOf = (slot: number): string => `862000000000${slot + 100}`;

it('runs sixteen slots at once, and a silent one holds up no other', async () => {
  const desk = new ClaimDesk();
  const numbers = Array.from({ length: 16 }, (_, at) => at + 10);
  const peers = await Promise.all(
    numbers.map((slot) => startPeer(slot === 13 ? { answer: () => [] } : { imei: imeiOf(slot) })),
  );
  const { dialect, ...shared } = slotOptions('', desk);
  const ends: number[] = [];
  const results = await runJig({
    ...shared,
    slots: peers.map(({ port }, at) => ({ slot: numbers[at] ?? 0, port, dialect })),
    onResult: ({ slot }) => ends.push(slot),
  });
  expect(results.map(({ slot }) => slot)).toEqual(numbers);
  for (const { slot, outcome } of results) {
    expect([slot, outcome]).toEqual([slot, slot === 13 ? 'TIMEOUT' : 'PASS']);
  }
  expect(ends.at(-1)).toBe(13);
  expect(desk.log.filter((line) => line.startsWith('confirm'))).toHaveLength(15);
});

it('works in the slots side by side: nobody claims before all are identified', async () => {
  const peers = await Promise.all([1, 2].map((slot) => startPeer({ imei: imeiOf(slot) })));
  const reached: SlotPhase[][] = [[], []];
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const claim = (): Promise<void> => {
    if (reached.every((phases) => phases.includes('claim'))) {
      open();
    }
    return both;
  };
  const { dialect, ...shared } = slotOptions('', new ClaimDesk({ claim }));
  await runJig({
    ...shared,
    slots: peers.map(({ port }, at) => ({ slot: at, port, dialect })),
    onProgress: ({ slot, phase }) => reached[slot]?.push(phase),
  });
  expect(reached.map((phases) => phases.at(-1))).toEqual(['confirm', 'confirm']);
});

it('works on a unit that two slots see in one of them only', async () => {
  const desk = new ClaimDesk();
  const peers = await Promise.all([startPeer(), startPeer()]);
  const { dialect, ...shared } = slotOptions('', desk);
  const results = await runJig({
    ...shared,
    slots: peers.map(({ port }, at) => ({ slot: at, port, dialect })),
  });
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['FAIL', 'PASS']);
  expect(results.find(({ outcome }) => outcome === 'FAIL')?.reason).toBe('unit_duplicate');
  expect(desk.log.filter((line) => line.startsWith('claim'))).toHaveLength(1);
});

it('gives every result although the listener for results breaks', async () => {
  const peer = await startPeer();
  const { dialect, ...shared } = slotOptions('', new ClaimDesk());
  const errors: unknown[] = [];
  const results = await runJig({
    ...shared,
    slots: [{ slot: 3, port: peer.port, dialect }],
    onResult: () => {
      throw new Error('the listener broke');
    },
    onError: (slot, error) => errors.push([slot, error]),
  });
  expect(results).toMatchObject([{ slot: 3, outcome: 'PASS' }]);
  expect(errors).toEqual([[3, new Error('the listener broke')]]);
});
