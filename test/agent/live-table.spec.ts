import { describe, expect, it } from 'vitest';
import { LiveTable } from '../../src/agent/live-table.js';
import type { Terminal } from '../../src/agent/live-table.js';

const escape = String.fromCharCode(27);
const drawn = new RegExp(`${escape}\\[(\\d+)F${escape}\\[J|(${escape}\\[\\d+m|[^${escape}])`, 'g');

/** What a terminal shows that understands what the table sends: going up lines, erasing below. */
function screen(settings: Partial<Terminal> = {}) {
  let lines = [''];
  const table = new LiveTable({
    columns: 40,
    rows: 24,
    ...settings,
    write: (text) => {
      for (const [, up, plain = ''] of text.matchAll(drawn)) {
        if (up !== undefined) lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
        else if (plain === '\n') lines.push('');
        else lines.push((lines.pop() ?? '') + plain);
      }
    },
  });
  return { table, shown: () => lines.join('\n') };
}

describe('a live table', () => {
  it('changes in place, below what is said', () => {
    const { table, shown } = screen();
    table.show({ slot: 2, state: 'sync', more: '' });
    table.showQueue('online, none waiting');
    table.show({ slot: 1, state: 'claim', more: '' });
    table.show({ slot: 2, state: 'FAIL', more: '490154203237518' });
    expect(shown()).toBe(
      'slot  state           unit\n1     claim\n2     FAIL            490154203237518\n' +
        'queue: online, none waiting\n',
    );
    table.above(() => undefined);
    table.showQueue('offline, 37 waiting');
    expect(shown()).toContain(
      '\n2     FAIL            490154203237518\nqueue: offline, 37 waiting\n',
    );
    table.clear();
    expect(shown()).toBe('');
    table.showQueue('online, 36 waiting');
    expect(shown()).toBe('online, 36 waiting\n');
  });

  it('cuts a line that would wrap, and draws no table that is higher than the terminal', () => {
    const { table, shown } = screen({ columns: 20, rows: 4 });
    table.show({ slot: 1, state: 'FAIL', more: 'read_back_mismatch' });
    expect(shown()).toMatch(/^slot {2}state\n1 {5}FAIL\n$/);
    table.show({ slot: 2, state: 'sync', more: '' });
    expect(shown()).toBe('');
  });

  it('has colours only where the terminal has them', () => {
    const { table, shown } = screen({ hasColors: () => true });
    table.show({ slot: 1, state: 'PASS', more: '' });
    expect(shown()).toContain('\u001b[32mPASS\u001b[39m');
    const plain = screen({ hasColors: () => false });
    plain.table.show({ slot: 1, state: 'PASS', more: '' });
    expect(plain.shown()).not.toContain('\u001b');
  });
});
