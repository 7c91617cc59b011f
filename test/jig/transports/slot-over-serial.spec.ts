import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runSlot } from '../../../src/jig/slot-runner.js';
import type { SlotResult } from '../../../src/jig/slot-result.js';
import type { AtPeer, PeerBehaviour } from '../at-peer.js';
import { ClaimDesk } from '../claim-desk.js';
import { slotOptions, startPeer } from '../run-peer.js';
import { describeWith } from './installed.js';
import { startRfc2217Server } from './rfc2217-server.js';
import { startSer2net } from './ser2net.js';
import { SerialLine } from './serial-line.js';

const kinds = ['serial', 'tcp', 'rfc2217'] as const;

interface Bench {
  readonly peer: AtPeer;
  readonly line: SerialLine;
  readonly port: string;
}

/** A module on a serial line, which the jig reaches by itself or through ser2net. */
async function bench(kind: (typeof kinds)[number], behaviour?: PeerBehaviour): Promise<Bench> {
  const peer = await startPeer(behaviour);
  const line = await SerialLine.to(Number(new URL(peer.port).port));
  if (kind === 'serial') return { peer, line, port: line.port };
  const accepter = kind === 'tcp' ? 'tcp' : 'telnet(rfc2217),tcp';
  const tcpPort = await startSer2net(line.path, { accepter });
  return { peer, line, port: `${kind}://127.0.0.1:${tcpPort}` };
}

function notesOf({ transcript }: SlotResult): string[] {
  return transcript.filter(({ direction }) => direction === 'note').map(({ text }) => text);
}

describeWith(['socat', 'stty', 'ser2net'], 'a slot', () => {
  it.each(kinds)('passes over %s', async (kind) => {
    const { peer, port } = await bench(kind);
    const result = await runSlot(slotOptions(port, new ClaimDesk()));
    expect(result).toMatchObject({ outcome: 'PASS', isVolatile: false });
    expect(peer.stored?.deviceName).toBe(result.deviceName);
  });

  it.each(kinds)('whose cable is pulled ends, and passes when it is back: %s', async (kind) => {
    const { line, port } = await bench(kind);
    const desk = new ClaimDesk();
    const options = slotOptions(port, desk);
    let pulled: Promise<void> | undefined;
    const cut = await runSlot({
      ...options,
      onProgress: ({ phase }) => {
        if (phase === 'restart') pulled ??= line.pull();
      },
    });
    await pulled;
    expect(cut).toMatchObject({ outcome: 'ERROR', reason: 'port_closed' });
    expect(desk.log.at(-1)).toBe('fail clm_862000000000001 port_closed');
    const away = await runSlot(options);
    expect(away).toMatchObject({ outcome: 'ERROR', reason: 'port_device_missing' });
    await line.plug();
    expect(await runSlot(options)).toMatchObject({ outcome: 'PASS' });
  });

  it.each(['serial', 'rfc2217'] as const)(
    'finds the rate of its module where the port names none: %s',
    async (kind) => {
      const rates: string[] = [];
      const { line, port } = await bench(kind, {
        answer: () => {
          const rate = String(execFileSync('stty', ['-F', line.path, 'speed'])).trim();
          rates.push(rate);
          return rate === '9600' ? undefined : ['\x00\xf8\x86x'];
        },
      });
      const options = { ...slotOptions(port, new ClaimDesk()), timeoutScale: 1 };
      const result = await runSlot(options);
      expect(result).toMatchObject({ outcome: 'PASS' });
      expect(rates[0]).toBe('115200');
      expect(notesOf(result).slice(0, 2)).toEqual(['tried at 9600 baud', 'answers at 9600 baud']);
      expect(notesOf(result)[2]).toMatch(
        /^lines that fitted nothing: \d+ unknown .*\(of \d+ bytes received\)$/,
      );
      rates.length = 0;
      const fixed = await runSlot({ ...options, timeoutScale: 0.1, port: `${port}?baud=57600` });
      expect(fixed).toMatchObject({ outcome: 'ERROR', reason: 'garbage' });
      expect(new Set(rates)).toEqual(new Set(['57600']));
    },
  );
});

it('a slot whose server takes only some of the rates ends with that', async () => {
  const port = await startRfc2217Server({ agrees: true, rate: () => 115_200 });
  const options = { ...slotOptions(port, new ClaimDesk()), timeoutScale: 0.02 };
  expect(await runSlot(options)).toMatchObject({
    outcome: 'ERROR',
    reason: 'port_settings_refused',
  });
});
