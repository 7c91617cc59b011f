import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { eventStream } from '../../src/runs/event-stream.js';
import { RunRecorder } from '../../src/runs/run-recorder.js';

const passed = {
  outcome: 'PASS',
  isVolatile: false,
  durationMs: 5,
  tries: 1,
  transcript: [],
} as const;

describe('a recorder', () => {
  it('writes what gathered together, numbered on from the start of the run', async () => {
    const written: string[][] = [];
    const recorder = new RunRecorder({
      write: (events) => {
        written.push(events.map(({ id, type, slot }) => `${id} ${type} ${slot}`));
        return Promise.resolve();
      },
    });
    recorder.entered({ slot: 1, phase: 'connect' });
    recorder.entered({ slot: 2, phase: 'connect' });
    recorder.ended({ slot: 1, ...passed });
    await recorder.finish();
    expect(written).toEqual([['2 slot.phase 1', '3 slot.phase 2', '4 slot.ended 1']]);
  });

  it('writes a slot when more is known of it, as it is then', async () => {
    const written: unknown[] = [];
    const recorder = new RunRecorder({
      write: (events, slots) => {
        written.push([events.length, slots]);
        return written.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    });
    const unit = { imei: '490154203237518' };
    const claim = { claimId: 'clm-1', attempt: 1, deviceName: 'dn' };
    recorder.entered({ slot: 1, phase: 'sync' });
    recorder.entered({ slot: 1, phase: 'claim', unit });
    await recorder.finish(); // writes again what the database did not take
    recorder.entered({ slot: 1, phase: 'write', unit, ...claim });
    await recorder.finish();
    recorder.entered({ slot: 1, phase: 'sync' }); // tried again
    await recorder.finish();
    expect(written).toEqual([
      [2, [{ slot: 1, unit }]],
      [2, [{ slot: 1, unit }]],
      [1, [{ slot: 1, unit, ...claim }]],
      [1, []],
    ]);
  });

  it('writes again what failed to be written, before what came later', async () => {
    const tries: string[] = [];
    const recorder = new RunRecorder({
      write: (events, results) => {
        tries.push(`${events.map(({ id }) => id).join()} ${results.length}`);
        return tries.length < 3 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
    });
    recorder.ended({ slot: 1, ...passed });
    await expect(recorder.finish()).rejects.toThrow('away');
    recorder.entered({ slot: 2, phase: 'sync' });
    await recorder.finish();
    expect(tries).toEqual(['2 1', '2 1', '2,3 1']);
  });
});

describe('a stream of events', () => {
  async function* parts(given: number[]) {
    for (let id = 1; id <= 1000; id += 1) {
      given.push(id);
      yield await Promise.resolve([{ id, type: 'slot.phase' }]);
    }
  }

  it('asks for no more than a slow reader takes, and cuts off one that takes nothing', async () => {
    const given: number[] = [];
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    const work = pipeline(eventStream(parts(given), 10), stuck);
    await expect(work).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(given.length).toBeLessThan(5);
  });

  it('gives all to one that reads, each event with its number', async () => {
    const given: number[] = [];
    let text = '';
    const reader = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        setImmediate(done);
      },
    });
    await pipeline(eventStream(parts(given), 60_000), reader);
    expect(text.split('\n\n')[1]).toBe(
      'id: 1\nevent: slot.phase\ndata: {"id":1,"type":"slot.phase"}',
    );
    expect([...text.matchAll(/^id: /gm)]).toHaveLength(1000);
  });
});
