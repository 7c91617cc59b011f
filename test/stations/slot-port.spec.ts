import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { parseSlots } from '../../src/stations/slot-port.js';

function refusalOf(work: () => unknown): DomainError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  return undefined;
}

const at = (slot: number, port: string) => ({ slot, port, dialect: null });

describe('the slots of a station', () => {
  it('are kept with their ports in one form', () => {
    const slots = [
      at(1, 'TCP://JIG:4001/'),
      at(2, 'serial:/dev/ttyUSB0?parity=none&baud=9600'),
      at(3, 'rfc2217://JIG:4002'),
    ];
    expect(parseSlots(slots)).toEqual([
      at(1, 'tcp://jig:4001'),
      at(2, 'serial:///dev/ttyUSB0?baud=9600'),
      at(3, 'rfc2217://jig:4002'),
    ]);
  });

  it('need ports that can be read', () => {
    const refusal = refusalOf(() => parseSlots([at(1, 'COM3')]));
    expect(refusal).toMatchObject({ code: 'slot.port_malformed', data: { slot: 1 } });
    expect(refusal?.detail).toMatch(/^Slot 1: /);
  });

  it.each([
    ['tcp://jig:4001', 'tcp://JIG:4001/', 'jig:4001'],
    ['tcp://jig:4001', 'rfc2217://jig:4001?baud=9600', 'jig:4001'],
    ['serial:///dev/ttyS1', 'serial:/dev/ttyS1?baud=9600', '/dev/ttyS1'],
    ['tcp://127.0.0.1:7001', 'tcp://localhost:7001', 'localhost:7001'],
    ['tcp://127.0.0.1:7001', 'rfc2217://[0:0::1]:7001', 'localhost:7001'],
  ])('may not share a port, however it is written: %s and %s', (one, other, port) => {
    const refusal = refusalOf(() => parseSlots([at(1, one), at(4, other)]));
    expect(refusal?.code).toBe('slot.port_shared');
    expect(refusal?.detail).toBe(`Slots 1 and 4 share ${port}.`);
  });

  it('need dialects that are known; a refusal names the slot and the wrong word', () => {
    const slots = [at(1, 'tcp://jig:4001'), { ...at(2, 'tcp://jig:4002'), dialect: 'quectl-qmt' }];
    const refusal = refusalOf(() => parseSlots(slots));
    expect(refusal).toMatchObject({
      code: 'dialect.unknown',
      data: { slot: 2, nearest: 'quectel-qmt' },
    });
    expect(refusal?.detail).toMatch(
      /^Slot 2: quectl-qmt is none; quectel-qmt is the nearest\. The known /,
    );
  });

  it('may not share a number', () => {
    const slots = [at(1, 'tcp://jig:4001'), at(1, 'tcp://jig:4002')];
    expect(refusalOf(() => parseSlots(slots))?.code).toBe('slot.number_shared');
  });
});
