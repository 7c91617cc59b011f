import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSlotsFile } from '../../src/agent/slots.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplemint-slots-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(content: string): Promise<unknown> {
  const path = join(folder, 'slots.json');
  await writeFile(path, content);
  return await readSlotsFile(path);
}

describe('a slots file', () => {
  it('gives the slots of a jig', async () => {
    const slots = '[{"slot":2,"port":"tcp://10.0.0.9:7002","dialect":"lierda-lmqtt"}]';
    expect(await read(slots)).toMatchObject([
      { slot: 2, port: 'tcp://10.0.0.9:7002', dialect: { id: 'lierda-lmqtt' } },
    ]);
  });

  it.each([
    ['no JSON', '[', ': is no JSON'],
    ['no slot', '[]', 'json: must have at least one slot'],
    ['a text for a number', '[{"slot":"1","port":"tcp://h:1"}]', '[0].slot: must be a number'],
    [
      'a slot beyond the last',
      '[{"slot":1000,"port":"tcp://h:1"}]',
      '[0].slot: must be at most 999',
    ],
    ['no port', '[{"slot":1,"port":"tcp://h:1"},{"slot":2}]', '[1].port: is missing'],
    ['a typing slip', '[{"slot":1,"prot":"x"}]', '[0].port: is missing; [0]: unknown field "prot"'],
  ])('with %s is refused, and the field is named', async (_, content, what) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'agent.slots_invalid',
      detail: expect.stringContaining(what) as string,
    });
  });

  it.each([
    ['a port that is none', '[{"slot":3,"port":"nonsense"}]', 'slot.port_malformed', 'Slot 3: '],
    [
      'a dialect that nobody speaks',
      '[{"slot":3,"port":"tcp://h:1","dialect":"x"}]',
      'dialect.unknown',
      'Slot 3: ',
    ],
    [
      'a port that is there twice',
      '[{"slot":3,"port":"tcp://h:1"},{"slot":4,"port":"tcp://H:1"}]',
      'slot.port_shared',
      '3 and 4',
    ],
    [
      'a number that is there twice',
      '[{"slot":3,"port":"tcp://h:1"},{"slot":3,"port":"tcp://h:2"}]',
      'slot.number_shared',
      '3',
    ],
  ])('with %s is refused, and the slot is named', async (_, content, code, what) => {
    await expect(read(content)).rejects.toMatchObject({
      code,
      detail: expect.stringContaining(what) as string,
    });
  });

  it('that is not there is refused', async () => {
    await expect(readSlotsFile(join(folder, 'none'))).rejects.toMatchObject({
      code: 'file.unreadable',
    });
  });
});
