import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { runSlot } from '../../src/jig/slot-runner.js';
import type { SlotPhase } from '../../src/jig/slot-result.js';
import type { Transport } from '../../src/jig/transports/transport.js';
import { ClaimDesk } from './claim-desk.js';
import { runPeer, slotOptions } from './run-peer.js';

const claimed = 'claim 862000000000001';
const never = (): Promise<void> => new Promise(() => undefined);

describe('a slot without a line', () => {
  it('ends with ERROR when the port refuses', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const desk = new ClaimDesk();
    const result = await runSlot(slotOptions(`tcp://127.0.0.1:${port}`, desk));
    expect(result).toMatchObject({ outcome: 'ERROR', reason: 'port_refused' });
    expect(result.detail).toContain('ECONNREFUSED: nothing listens there');
    expect(desk.log).toEqual([]);
  });

  it('ends with ERROR when the port cannot be read', async () => {
    const result = await runSlot(slotOptions('tty://x', new ClaimDesk()));
    expect(result).toMatchObject({ outcome: 'ERROR', reason: 'port_malformed' });
  });
});

describe('a port that opens late is closed', () => {
  /** A port that is still opening when the slot has come to it, and whether it was closed. */
  function slowPort() {
    let open: () => void = () => undefined;
    let isClosed = false;
    const transport: Transport = {
      write: () => undefined,
      onData: () => undefined,
      onClose: () => undefined,
      close: () => {
        isClosed = true;
      },
    };
    const opening = new Promise<Transport>((resolve) => {
      open = () => {
        resolve(transport);
      };
    });
    const slot = { ...slotOptions('slow', new ClaimDesk()), connect: () => opening };
    return { slot, open, isClosed: () => isClosed };
  }

  it('where the time of the slot is over by then', async () => {
    const { slot, open, isClosed } = slowPort();
    const result = await runSlot({ ...slot, limits: { slotMs: 20 } });
    expect(result).toMatchObject({ outcome: 'TIMEOUT', reason: 'slot_timeout' });
    open();
    await new Promise(setImmediate);
    expect(isClosed()).toBe(true);
  });

  it('where the slot was aborted meanwhile', async () => {
    const { slot, open, isClosed } = slowPort();
    const abort = new AbortController();
    const run = runSlot({ ...slot, signal: abort.signal });
    abort.abort();
    open();
    expect(await run).toMatchObject({ outcome: 'ABORTED', reason: 'aborted' });
    expect(isClosed()).toBe(true);
  });
});

describe('the end of a slot', () => {
  it('is ERROR when the claim is refused, with the code of the refusal', async () => {
    const refuse = (): Promise<void> =>
      Promise.reject(new DomainError('unit.imei_blank', 'This IMEI is blank.'));
    const run = await runPeer({}, new ClaimDesk({ claim: refuse }));
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason: 'claim_refused' });
    expect(run.result.detail).toBe(
      'unit.imei_blank: This IMEI is blank. Write an IMEI to the module first.',
    );
    expect(run.desk.log).toEqual([]);
  });

  it('is ERROR when the claim is not answered, and tells nothing of the cause', async () => {
    const away = (): Promise<void> => Promise.reject(new Error('password=hush'));
    const run = await runPeer({}, new ClaimDesk({ claim: away }));
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason: 'claim_unanswered' });
    expect(JSON.stringify(run.result)).not.toContain('hush');
  });

  it.each([
    ['refused', 'confirm_refused', new DomainError('request.invalid', 'No.')],
    ['not answered', 'confirm_unanswered', new Error('gone')],
    ['to be sent again', 'confirm_unanswered', new DomainError('database.away', 'Away.')],
  ])('is ERROR when the confirm is %s, and no failure is reported', async (_, reason, error) => {
    const confirm = (): Promise<void> => Promise.reject(error);
    const run = await runPeer({}, new ClaimDesk({ confirm }));
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason, deviceName: 'dn_0001' });
    expect(run.desk.log).toEqual([claimed, expect.stringMatching(/^confirm/)]);
  });

  it('is ERROR when a name cannot be rendered; nothing of it reaches the module', async () => {
    const desk = new ClaimDesk({ deviceName: 'x",0\rAT+CFUN=0' });
    const run = await runPeer({}, desk);
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason: 'argument_refused' });
    expect(run.peer.commands.at(-1)).toBe('AT+LGMR');
    expect(run.desk.log).toEqual([claimed, 'fail clm_862000000000001 argument_refused']);
  });

  it('is TIMEOUT when the claim hangs beyond the time of the slot', async () => {
    const run = await runPeer({}, new ClaimDesk({ claim: never }), { limits: { slotMs: 400 } });
    expect(run.result).toMatchObject({ outcome: 'TIMEOUT', reason: 'slot_timeout' });
    expect(run.phases.at(-1)).toBe('claim');
  });

  it('is TIMEOUT when the module is too slow as a whole, and the failure is reported', async () => {
    const desk = new ClaimDesk();
    const silent = (command: string): readonly string[] | undefined =>
      command.startsWith('AT+CFUN') ? [] : undefined;
    const run = await runPeer({ answer: silent }, desk, { limits: { slotMs: 800 } });
    expect(run.result).toMatchObject({ outcome: 'TIMEOUT', reason: 'slot_timeout' });
    expect(desk.log).toEqual([claimed, 'fail clm_862000000000001 slot_timeout']);
  });

  it('comes also when the report of a failure hangs', async () => {
    const desk = new ClaimDesk({ fail: never });
    const stores = (command: string): readonly string[] | undefined =>
      command.startsWith('AT+LMQTTCFG') ? ['ERROR'] : undefined;
    const run = await runPeer({ answer: stores }, desk, { limits: { failMs: 20 } });
    expect(run.result).toMatchObject({ outcome: 'FAIL', reason: 'write_refused' });
    expect(run.result.transcript.at(-1)).toMatchObject({
      direction: 'note',
      text: 'the failure could not be reported: no answer',
    });
  });

  it('is ERROR with nothing told when our own code breaks', async () => {
    const errors: unknown[] = [];
    const run = await runPeer({}, new ClaimDesk(), {
      onProgress: () => {
        throw new Error('hush');
      },
      onError: (_, error) => errors.push(error),
    });
    expect(run.result).toMatchObject({ outcome: 'ERROR', reason: 'internal' });
    expect(JSON.stringify(run.result)).not.toContain('hush');
    expect(errors).toEqual([new Error('hush')]);
  });
});

describe('an abort', () => {
  it.each<[SlotPhase, string[], string]>([
    ['sync', [], ''],
    ['claim', [claimed], ''],
    ['write', [claimed], '; the module may hold its triple'],
    ['restart', [claimed], '; the module may hold its triple'],
    ['verify', [claimed], '; the module may hold its triple'],
  ])('in the phase %s stops at its border and leaves the claim', async (phase, log, holds) => {
    const abort = new AbortController();
    const run = await runPeer({}, new ClaimDesk(), {
      signal: abort.signal,
      onProgress: (progress) => {
        if (progress.phase === phase) {
          queueMicrotask(() => {
            abort.abort();
          });
        }
      },
    });
    const detail = `ended in phase ${phase}${holds}`;
    expect(run.result).toMatchObject({ outcome: 'ABORTED', reason: 'aborted', detail });
    expect(run.desk.log).toEqual(log);
  });

  it('before the start opens no port', async () => {
    const run = await runPeer({}, new ClaimDesk(), { signal: AbortSignal.abort() });
    const detail = 'ended before its first step';
    expect(run.result).toMatchObject({ outcome: 'ABORTED', reason: 'aborted', detail });
    expect(run.peer.commands).toEqual([]);
  });

  it('while the confirm is under way is too late: what is proven is said', async () => {
    const abort = new AbortController();
    const confirm = (): Promise<void> => {
      abort.abort();
      return Promise.resolve();
    };
    const run = await runPeer({}, new ClaimDesk({ confirm }), { signal: abort.signal });
    expect(run.result.outcome).toBe('PASS');
  });
});
