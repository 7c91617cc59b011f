import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { Batch } from '../../src/jig/batch.js';
import { runJig } from '../../src/jig/jig.js';
import type { JigOptions } from '../../src/jig/jig.js';
import type { SlotPhase, SlotResult } from '../../src/jig/slot-result.js';
import type { AtPeer, PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';
import { impatient, slotOptions, startPeer } from './run-peer.js';

const imeiOf = (slot: number): string => `86200000000000${slot}`;
const isWrite = (command: string): boolean => command.startsWith('AT+LMQTTCFG="aliauth",0,');

interface JigRun {
  readonly ends: readonly (string | undefined)[];
  readonly results: readonly SlotResult[];
  readonly peers: readonly AtPeer[];
}

async function runPeers(
  behaviours: readonly PeerBehaviour[],
  desk: ClaimDesk,
  options: Partial<JigOptions>,
): Promise<JigRun> {
  const peers = await Promise.all(
    behaviours.map((one, at) => startPeer({ imei: imeiOf(at + 1), ...one })),
  );
  const { dialect, ...shared } = slotOptions('', desk);
  const slots = peers.map(({ port }, at) => ({ slot: at + 1, port, dialect }));
  const results = await runJig({ ...shared, ...impatient, ...options, slots });
  return { ends: results.map(({ outcome, reason }) => reason ?? outcome), results, peers };
}

/** Refuses so many writes; a slot writes twice before it gives up. */
function refusing(writes: number, instead?: PeerBehaviour['answer']): PeerBehaviour {
  let count = 0;
  return {
    answer: (command, peer) => {
      if (isWrite(command)) count += 1;
      if (isWrite(command) && count <= writes) return ['ERROR'];
      return count >= writes ? instead?.(command, peer) : undefined;
    },
  };
}

describe('a slot that is tried again', () => {
  it('passes with the same claim, and tells of both tries', async () => {
    const desk = new ClaimDesk();
    const { ends, results } = await runPeers([refusing(2)], desk, { retries: 3 });
    expect(ends).toEqual(['PASS']);
    const id = imeiOf(1);
    expect(desk.log.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      `claim ${id}`,
      `fail clm_${id} write_refused`,
      `claim ${id}`,
      `confirm clm_${id} dn_${id.slice(-4)}`,
    ]);
    const [{ tries, transcript, durationMs } = { tries: 0, transcript: [], durationMs: 0 }] =
      results;
    expect(tries).toBe(2);
    const note = transcript.findIndex(({ text }) => text === 'FAIL write_refused; tried again');
    const sent = transcript.map(({ text }, at) => (text.startsWith('AT+CGSN=1') ? at : -1));
    expect(sent.filter((at) => at >= 0 && at < note)).not.toEqual([]);
    expect(sent.filter((at) => at > note)).not.toEqual([]);
    const times = transcript.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(-1)).toBeLessThanOrEqual(durationMs);
  });

  it('is tried as often as asked for, no more', async () => {
    const desk = new ClaimDesk();
    const { ends, results } = await runPeers([refusing(99)], desk, { retries: 2 });
    expect([ends, results[0]?.tries]).toEqual([['write_refused'], 3]);
    expect(desk.log.filter((line) => line.startsWith('fail'))).toHaveLength(3);
  });

  it('takes no other unit than before', async () => {
    const desk = new ClaimDesk();
    const other = (command: string): readonly string[] | undefined =>
      command === 'AT+CGSN=1' ? [`+CGSN: "${imeiOf(9)}"`, 'OK'] : undefined;
    const { ends, peers } = await runPeers([refusing(2, other)], desk, { retries: 3 });
    expect(ends).toEqual(['unit_changed']);
    expect(desk.log.filter((line) => line.startsWith('claim'))).toHaveLength(1);
    expect(peers[0]?.stored).toBeUndefined();
  });

  it('is never one that was refused, nor one whose confirm may have been taken', async () => {
    const closed = (): Promise<void> => Promise.reject(new DomainError('order.closed', ''));
    const lost = (): Promise<void> => Promise.reject(new Error('the link is cut'));
    for (const [desk, reason, count] of [
      [new ClaimDesk({ claim: closed }), 'claim_refused', 0],
      [new ClaimDesk({ confirm: lost }), 'confirm_unanswered', 1],
    ] as const) {
      const { ends, results } = await runPeers([{}], desk, { retries: 3 });
      expect([ends, results[0]?.tries]).toEqual([[reason], 1]);
      expect(desk.log.filter((line) => line.startsWith('confirm'))).toHaveLength(count);
    }
  });
});

describe('a batch', () => {
  const mode = 'batch';

  it('claims nothing when a slot has no unit', async () => {
    const desk = new ClaimDesk();
    const { ends, results } = await runPeers([{}, { answer: () => [] }, {}], desk, { mode });
    expect(ends).toEqual(['batch_incomplete', 'no_answer', 'batch_incomplete']);
    expect(results[2]?.detail).toBe('slot 2 (no_answer) ended before the write');
    expect(desk.log).toEqual([]);
  });

  it('writes nothing when a unit gets no triple; the triples stay with their units', async () => {
    let count = 0;
    const claim = (): Promise<void> => {
      count += 1;
      return count === 2
        ? Promise.reject(new DomainError('order.stock_empty', ''))
        : Promise.resolve();
    };
    const desk = new ClaimDesk({ claim });
    const { ends, peers } = await runPeers([{}, {}, {}], desk, { mode });
    expect([...ends].sort()).toEqual(['batch_incomplete', 'batch_incomplete', 'claim_refused']);
    expect(peers.map(({ stored }) => stored)).toEqual([undefined, undefined, undefined]);
    expect(desk.log.filter((line) => line.endsWith('batch_incomplete'))).toHaveLength(2);
  });

  it('confirms together, also those beside one that failed after the write', async () => {
    const desk = new ClaimDesk();
    const phases = new Map<number, SlotPhase>();
    const atFirstConfirm: (SlotPhase | undefined)[] = [];
    const { ends } = await runPeers([{}, refusing(99), {}], desk, {
      mode,
      retries: 1,
      onProgress: ({ slot, phase }) => {
        phases.set(slot, phase);
        if (phase === 'confirm' && atFirstConfirm.length === 0) {
          atFirstConfirm.push(...[1, 2, 3].map((one) => phases.get(one)));
        }
      },
      onResult: ({ slot }) => {
        phases.delete(slot);
      },
    });
    expect(ends).toEqual(['PASS', 'write_refused', 'PASS']);
    expect(atFirstConfirm).toEqual(['confirm', undefined, 'verify']);
  });

  it('lets go of all who wait when it is aborted', async () => {
    const abort = new AbortController();
    const batch = new Batch([1, 2], abort.signal);
    const waiting = (['claim', 'write', 'confirm'] as const).map((point) => batch.meet(1, point));
    abort.abort();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ reason: 'aborted' });
  });
});
