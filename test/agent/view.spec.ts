import { expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { idleRow, runTable, refusalText, timeText } from '../../src/agent/showing.js';
import type { ResultEntry } from '../../src/agent/journal-entry.js';
import { liveView, plainView } from '../../src/agent/view.js';

function heard() {
  const said: string[] = [];
  const write = (text: string): number => said.push(text);
  return { said, view: plainView({ stdout: { write }, stderr: { write } }) };
}

it('a pipe is told why a slot is idle once, and again when it has had a unit', () => {
  const { said, view } = heard();
  const look = (): void => {
    for (const reason of ['no_answer', 'port_refused', undefined] as const) {
      view.showIdle(idleRow(1, { ...(reason && { reason }), detail: 'x' }));
    }
  };
  look();
  look();
  expect(said).toEqual([
    'slot 1: no unit: no_answer\n',
    'slot 1: no unit: port_refused\n',
    'slot 1: no unit\n',
  ]);
  view.show({ slot: 1, state: 'claim', more: '' });
  look();
  expect(said).toHaveLength(6);
});

it('a slot that holds the unit of another slot is not said to be empty', () => {
  const { said, view } = heard();
  view.showIdle(idleRow(2, { reason: 'unit_duplicate' }));
  expect(said).toEqual(['slot 2: no other unit: the same one is on another slot\n']);
});

it('a module that answers is not said to be no unit, and what to do is said once, on a terminal too', () => {
  const { said, view } = heard();
  const onTerminal: string[] = [];
  const live = liveView({ columns: 40, write: (text) => onTerminal.push(text) });
  const detail = 'lierda-lmqtt and own know it; name the dialect in the slot';
  const why = { reason: 'dialect_ambiguous', detail } as const;
  for (const shown of [view, live, view, live]) shown.showIdle(idleRow(2, why));
  const line = `slot 2: not worked on: dialect_ambiguous: ${detail}\n`;
  expect(said).toEqual([line]);
  expect(onTerminal.filter((text) => text === line)).toHaveLength(1);
});

it('a line about the link carries the time of day of this PC', () => {
  const { said, view } = heard();
  view.showQueue('offline, 37 waiting');
  expect(said.join('')).toMatch(/^\d\d:\d\d:\d\d offline, 37 waiting\n$/);
  expect(timeText(new Date(2026, 10, 23, 2, 15, 7))).toBe('02:15:07');
});

it.each([
  ['claim.void', 'Put the unit aside.'],
  ['claim.no_login', 'Put the unit on a slot again.'],
] as const)('a result refused with %s says: %s', (code, whatToDo) => {
  const proof = { kind: 'login' } as const;
  const report = { kind: 'confirm', proof, isVolatile: false } as const;
  const result: ResultEntry = { kind: 'result', at: '', requestId: 'r', claimId: 'clm-17', report };
  expect(refusalText(result, new DomainError(code, 'So it is.'))).toBe(
    `the service refuses the confirm of clm-17: ${code}: So it is. ${whatToDo}`,
  );
});

it('a run is a table, with what has become of each result since, and why slots did not pass', () => {
  const shared = { tries: 1, isVolatile: false, durationMs: 2312, transcript: [] };
  const [good, bad] = [
    { ...shared, slot: 1, outcome: 'PASS', unit: { sn: 'A-1' }, deviceName: 'unit_1' },
    { ...shared, slot: 2, outcome: 'FAIL', reason: 'sync_refused', detail: 'ERROR to AT' },
  ] as const;
  expect(runTable([good, bad], (result) => (result === good ? 'refused' : undefined))).toBe(
    [
      'slot  outcome         reason        dialect  unit  deviceName  ms',
      '1     PASS (refused)  -             -        A-1   unit_1      2312',
      '2     FAIL            sync_refused  -        -     -           2312',
      'slot 2: ERROR to AT',
    ].join('\n'),
  );
});
