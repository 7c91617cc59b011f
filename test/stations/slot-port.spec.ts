import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { parseSlotPort, parseSlots } from '../../src/stations/slot-port.js';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
  return undefined;
}

const at = (slot: number, port: string) => ({ slot, port, dialect: null });

describe('the port of a slot', () => {
  it.each([
    ['tcp://127.0.0.1:4001', 'tcp://127.0.0.1:4001'],
    ['TCP://Jig-7.Local:4001/', 'tcp://jig-7.local:4001'],
    ['tcp://[::1]:9', 'tcp://[::1]:9'],
  ])('is read: %s', (text, port) => {
    expect(parseSlotPort(text)).toBe(port);
  });

  it.each([
    '',
    'ttyUSB0',
    '/dev/ttyUSB0',
    'COM3',
    'http://127.0.0.1:4001',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:0',
    'tcp://127.0.0.1:65536',
    'tcp://:4001',
    'tcp://u:p@127.0.0.1:4001',
    'tcp://127.0.0.1:4001/x',
    'tcp://127.0.0.1:4001?x=1',
    'serial:///dev/ttyUSB0',
    'serial:///dev/ttyUSB0?baud=115200',
  ])('is refused: %j', (text) => {
    expect(codeOf(() => parseSlotPort(text))).toBe('slot.port_malformed');
  });
});

describe('the slots of a station', () => {
  it('may not share a port, however it is written', () => {
    const slots = [at(1, 'tcp://jig:4001'), at(2, 'tcp://JIG:4001/')];
    expect(codeOf(() => parseSlots(slots))).toBe('slot.port_shared');
    expect(parseSlots([at(1, 'tcp://jig:4001'), at(2, 'tcp://jig:4002')])).toHaveLength(2);
  });

  it('may not share a number', () => {
    const slots = [at(1, 'tcp://jig:4001'), at(1, 'tcp://jig:4002')];
    expect(codeOf(() => parseSlots(slots))).toBe('slot.number_shared');
  });
});
