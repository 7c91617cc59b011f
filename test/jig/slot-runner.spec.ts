import { expect, it, describe } from 'vitest';
import type { PeerBehaviour } from './at-peer.js';
import { ClaimDesk } from './claim-desk.js';
import { impatient, runPeer } from './run-peer.js';
import type { PeerRun } from './run-peer.js';

const claimed = 'claim 862000000000001';
const confirmed = 'confirm clm_862000000000001 dn_0001';
const failed = (reason: string): string => `fail clm_862000000000001 ${reason}`;
const isWrite = (command: string): boolean => command.startsWith('AT+LMQTTCFG="aliauth",0,');
const isRead = (command: string): boolean => command === 'AT+LMQTTCFG="aliauth",0';

/** Whatever happened: the secret of the unit is nowhere in the result. */
function expectNoSecret({ result, desk }: PeerRun): void {
  for (const secret of desk.secrets.values()) {
    expect(JSON.stringify(result)).not.toContain(secret.expose().slice(0, 20));
  }
}

/** Answers a command that fits in its own way, the given number of times. */
function once(
  fits: (command: string) => boolean,
  answer: PeerBehaviour['answer'],
  times = 1,
): PeerBehaviour {
  let left = times;
  return {
    answer: (command, peer) => {
      if (!fits(command) || left === 0) {
        return undefined;
      }
      left -= 1;
      return answer?.(command, peer);
    },
  };
}

describe('a unit passes', () => {
  it('when the triple is read back after a restart', async () => {
    const run = await runPeer();
    expect(run.result).toMatchObject({
      slot: 1,
      outcome: 'PASS',
      isVolatile: false,
      deviceName: 'dn_0001',
      claimId: 'clm_862000000000001',
      unit: {
        imei: '862000000000001',
        sn: 'SN0001',
        iccid: '89860000000000000001',
        firmware: 'NT35E_V1.0',
      },
    });
    expect(run.result.reason).toBeUndefined();
    expect(run.desk.log).toEqual([claimed, confirmed]);
    expect(run.peer.restarts).toBe(1);
    expect(run.phases).toEqual(
      'connect sync identify claim write read_back restart verify confirm'.split(' '),
    );
    expect(run.peer.commands).toEqual([
      'AT',
      'ATE0',
      'AT+CGSN=1',
      'AT+CGSN=0',
      'AT+LCCID',
      'AT+LGMR',
      'AT+LMQTTCFG="cloud",0,2,1',
      `AT+LMQTTCFG="aliauth",0,"a1JszCpjS61","dn_0001","${'862000000000001'.padStart(32, 'c')}"`,
      'AT+LMQTTCFG="aliauth",0',
      'AT+CFUN=0,1',
      'AT',
      'ATE0',
      'AT+CGSN=1',
      'AT+LMQTTCFG="aliauth",0',
    ]);
    expectNoSecret(run);
  });

  it('with its echo on, also after the restart', async () => {
    const run = await runPeer({ hasEcho: true });
    expect(run.result.outcome).toBe('PASS');
    expectNoSecret(run);
  });

  it('without a banner, when the echo comes back', async () => {
    const run = await runPeer({ hasEcho: true, banner: '' }, new ClaimDesk(), impatient);
    expect(run.result.outcome).toBe('PASS');
  });

  it('with URCs and noise between all lines', async () => {
    const run = await runPeer({
      answer: (_, peer) => {
        peer.print('\0\r\n+CEREG: 1\r\n\xff\xfe\r\n+LMQTTURC: STATS,0,11\r\n');
        return undefined;
      },
    });
    expect(run.result.outcome).toBe('PASS');
  });

  it.each([
    [
      'unquoted and in the other order',
      (pk: string, dn: string, ds: string) => `${dn},${ds},${pk}`,
    ],
    ['without the id', (pk: string, dn: string, ds: string) => `"${pk}","${dn}","${ds}"`],
  ])('when it prints the triple %s', async (_, fields) => {
    const run = await runPeer({
      answer: (command, { stored }) =>
        isRead(command) && stored !== undefined
          ? [
              `+LMQTTCFG: "aliauth",${fields(stored.productKey, stored.deviceName, stored.deviceSecret)}`,
              'OK',
            ]
          : undefined,
    });
    expect(run.result.outcome).toBe('PASS');
    expectNoSecret(run);
  });

  it('when the first write is refused and the second, with the same triple, is not', async () => {
    const run = await runPeer(once(isWrite, () => ['+CME ERROR: 14']));
    expect(run.result.outcome).toBe('PASS');
    expect(new Set(run.peer.commands.filter(isWrite)).size).toBe(1);
    expect(run.peer.commands.filter(isWrite)).toHaveLength(2);
    expect(run.desk.log).toEqual([claimed, confirmed]);
  });

  it('when the write was not answered but is found done', async () => {
    const silence = once(isWrite, (command, peer) => {
      const [, productKey = '', deviceName = '', deviceSecret = ''] =
        /,0,"(.*)","(.*)","(.*)"$/.exec(command) ?? [];
      peer.stored = { productKey, deviceName, deviceSecret };
      return [];
    });
    const run = await runPeer(silence, new ClaimDesk(), impatient);
    expect(run.result.outcome).toBe('PASS');
    expect(run.peer.commands.filter(isWrite)).toHaveLength(1);
  });

  it('when it restarts in the middle of the write: all is written again from the start', async () => {
    const reset = once(isWrite, (_, peer) => {
      peer.restart();
      return [];
    });
    const run = await runPeer(reset);
    expect(run.result.outcome).toBe('PASS');
    const after = run.peer.commands.slice(run.peer.commands.findIndex(isWrite) + 1);
    expect(after.slice(0, 4)).toEqual([
      'AT',
      'ATE0',
      'AT+LMQTTCFG="cloud",0,2,1',
      expect.stringMatching(/aliauth/),
    ]);
  });

  it('when it restarts while it is asked who it is', async () => {
    const reset = once(
      (command) => command === 'AT+CGSN=0',
      (_, peer) => {
        peer.restart();
        return [];
      },
    );
    expect((await runPeer(reset)).result.outcome).toBe('PASS');
  });

  it('when the first look at the triple is spoilt; the second starts from a quiet line', async () => {
    const run = await runPeer(once(isRead, () => ['OK']));
    expect(run.result.outcome).toBe('PASS');
    const look = run.peer.commands.findIndex(isRead);
    expect(run.peer.commands.slice(look, look + 4)).toEqual([
      'AT+LMQTTCFG="aliauth",0',
      'AT',
      'ATE0',
      'AT+LMQTTCFG="aliauth",0',
    ]);
  });

  it('when a stray OK comes before the IMEI', async () => {
    const stray = once(
      (command) => command === 'AT+CGSN=1',
      (_, peer) => ['OK', `+CGSN: "${peer.imei}"`, 'OK'],
    );
    expect((await runPeer(stray)).result).toMatchObject({
      outcome: 'PASS',
      unit: { imei: '862000000000001', sn: 'SN0001' },
    });
  });
});

describe('a unit whose triple does not outlive the restart', () => {
  it('fails as volatile', async () => {
    const run = await runPeer({ keeps: 'nothing' });
    expect(run.result).toMatchObject({ outcome: 'FAIL', reason: 'volatile', isVolatile: true });
    expect(run.result.detail).toContain(`once ${run.result.claimId ?? 'none'} is void`);
    expect(run.desk.log).toEqual([claimed, failed('volatile')]);
  });

  it('passes as volatile where the order accepts that, and holds the triple', async () => {
    const run = await runPeer({ keeps: 'nothing' }, new ClaimDesk({ acceptVolatile: true }));
    expect(run.result).toMatchObject({ outcome: 'PASS', isVolatile: true });
    expect(run.desk.log).toEqual([claimed, `${confirmed} volatile`]);
    expect(run.peer.stored?.deviceName).toBe('dn_0001');
    expect(run.peer.restarts).toBe(1);
  });

  it('does not pass as volatile when another triple is there instead', async () => {
    const old = { productKey: 'a1JszCpjS61', deviceName: 'dn_0000', deviceSecret: 'd'.repeat(32) };
    const swap = once(
      (command) => command === 'AT+CFUN=0,1',
      (_, peer) => {
        peer.say('OK');
        peer.restart();
        peer.stored = old;
        return [];
      },
    );
    const run = await runPeer(swap, new ClaimDesk({ acceptVolatile: true }));
    expect(run.result).toMatchObject({ outcome: 'FAIL', reason: 'read_back_mismatch' });
    expect(run.desk.log).toEqual([claimed, failed('read_back_mismatch')]);
  });
});

it('a refused command is named without the values that it held', async () => {
  const refusing: PeerBehaviour = {
    answer: (command) => (isWrite(command) ? ['+CME ERROR: 50'] : undefined),
  };
  const { result } = await runPeer(refusing);
  expect(result.detail).toMatch(
    /^write\.2 \(AT\+LMQTTCFG="aliauth",0,("\*\*\*"|\*\*\*),\1,\1\) was answered with error 50 \(\w+\)$/,
  );
});

describe('a unit fails', () => {
  it.each<[string, string, string, PeerBehaviour]>([
    [
      'says OK and stores nothing',
      'FAIL',
      'read_back_empty',
      { answer: (command) => (isWrite(command) ? ['OK'] : undefined) },
    ],
    [
      'stores one character wrong',
      'FAIL',
      'read_back_mismatch',
      {
        answer: (command, peer) => {
          if (!isRead(command) || peer.stored === undefined) {
            return undefined;
          }
          const { productKey, deviceName, deviceSecret } = peer.stored;
          const wrong = `${deviceSecret.slice(0, 31)}X`;
          return [`+LMQTTCFG: "aliauth",0,"${productKey}","${deviceName}","${wrong}"`, 'OK'];
        },
      },
    ],
    [
      'refuses the write twice',
      'FAIL',
      'write_refused',
      { answer: (command) => (isWrite(command) ? ['+CME ERROR: 50'] : undefined) },
    ],
    [
      'refuses the read-back',
      'FAIL',
      'read_back_refused',
      { answer: (command) => (isRead(command) ? ['+CME ERROR: 4'] : undefined) },
    ],
    [
      'restarts at every write',
      'FAIL',
      'module_reset',
      {
        answer: (command, peer) => {
          if (!isWrite(command)) {
            return undefined;
          }
          peer.restart();
          return [];
        },
      },
    ],
    [
      'refuses to restart',
      'FAIL',
      'restart_refused',
      { answer: (command) => (command === 'AT+CFUN=0,1' ? ['ERROR'] : undefined) },
    ],
    [
      'only says that it restarts',
      'ERROR',
      'restart_unproven',
      { answer: (command) => (command === 'AT+CFUN=0,1' ? ['OK'] : undefined) },
    ],
    [
      'only says that it restarts, and has echoed all the while',
      'ERROR',
      'restart_unproven',
      {
        hasEcho: true,
        answer: (command) =>
          command === 'AT+CFUN=0,1' ? ['OK'] : command === 'ATE0' ? ['ERROR'] : undefined,
      },
    ],
    [
      'does not come back',
      'TIMEOUT',
      'restart_timeout',
      {
        answer: (command, peer) =>
          peer.commands.includes('AT+CFUN=0,1') && command === 'AT' ? [] : undefined,
      },
    ],
    [
      'is another one after the restart',
      'FAIL',
      'unit_changed',
      {
        answer: (command, peer) =>
          peer.restarts > 0 && command === 'AT+CGSN=1' ? ['862000000000002', 'OK'] : undefined,
      },
    ],
    [
      'hangs up in the middle of the write',
      'ERROR',
      'port_closed',
      {
        answer: (command, peer) => {
          if (!isWrite(command)) {
            return undefined;
          }
          peer.hangUp();
          return [];
        },
      },
    ],
  ])('that %s: %s %s, once claimed and once reported', async (_, outcome, reason, behaviour) => {
    const run = await runPeer(behaviour, new ClaimDesk(), impatient);
    expect(run.result).toMatchObject({ outcome, reason, isVolatile: false });
    expect(run.desk.log).toEqual([claimed, failed(reason)]);
    expectNoSecret(run);
  });

  it.each<[string, string, string, PeerBehaviour]>([
    ['is silent', 'TIMEOUT', 'no_answer', { answer: () => [] }],
    [
      'answers with garbage',
      'ERROR',
      'garbage',
      {
        answer: (_, peer) => {
          peer.print('\xf8\x80\0\xfe\x1e');
          return [];
        },
      },
    ],
    ['refuses even AT', 'FAIL', 'sync_refused', { answer: () => ['ERROR'] }],
    [
      'does not tell who it is',
      'FAIL',
      'identity_missing',
      { answer: (command) => (command.startsWith('AT+CGSN') ? ['ERROR'] : undefined) },
    ],
    [
      'is behind a busy port',
      'ERROR',
      'port_busy',
      { greeting: 'Port already in use\r\n', answer: () => [] },
    ],
    [
      'is behind a device that is not there',
      'ERROR',
      'port_device_missing',
      { greeting: 'Device open failure: Value or file not found\r\n', answer: () => [] },
    ],
  ])('that %s: %s %s, before anything is claimed', async (_, outcome, reason, behaviour) => {
    const run = await runPeer(behaviour, new ClaimDesk(), impatient);
    expect(run.result).toMatchObject({ outcome, reason });
    expect(run.desk.log).toEqual([]);
  });
});
