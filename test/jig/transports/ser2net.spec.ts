import { expect, it, onTestFinished } from 'vitest';
import { connectPort } from '../../../src/jig/transports/connect-port.js';
import type { Transport } from '../../../src/jig/transports/transport.js';
import { BytePeer, collect, endOf, everyByte } from './byte-peer.js';
import { describeWith } from './installed.js';
import { SerialLine } from './serial-line.js';
import { startSer2net } from './ser2net.js';
import type { Ser2netOptions } from './ser2net.js';

async function open(port: string, baudRate?: number): Promise<Transport> {
  const transport = await connectPort(port, { connectMs: 5_000, baudRate });
  onTestFinished(() => {
    transport.close();
  });
  return transport;
}

async function bench(options: Ser2netOptions) {
  const peer = await BytePeer.start();
  const line = await SerialLine.to(peer.port);
  const tcpPort = await startSer2net(line.path, options);
  const scheme = options.accepter === 'tcp' ? 'tcp' : 'rfc2217';
  return { peer, line, port: `${scheme}://127.0.0.1:${tcpPort}` };
}

/** Tells how a port ends, whether it does so before or after it opened. */
async function howItEnds(port: string): Promise<unknown> {
  try {
    const transport = await open(port);
    collect(transport);
    return await endOf(transport);
  } catch (error) {
    return error;
  }
}

const programs = ['socat', 'stty', 'ser2net'];

describeWith(programs, 'a port behind ser2net', () => {
  const kinds = [{ accepter: 'tcp' }, { accepter: 'telnet(rfc2217),tcp' }] as const;

  it.each(kinds)('passes every byte unchanged, both ways: $accepter', async (options) => {
    const { peer, port } = await bench(options);
    const transport = await open(port);
    const received = collect(transport);
    transport.write(everyByte);
    expect(await peer.heard(everyByte.length)).toEqual(Buffer.from(everyByte));
    peer.say(everyByte);
    expect(await received(everyByte.length)).toEqual(Buffer.from(everyByte));
  });

  it.each(kinds)('is busy while another has it: $accepter', async (options) => {
    const { peer, port } = await bench(options);
    const first = await open(port);
    first.write(Buffer.from('AT'));
    await peer.heard(2);
    expect(await howItEnds(port)).toMatchObject({
      reason: 'port_busy',
      detail: expect.stringContaining('says "Port already in use"') as unknown,
    });
  });

  it.each(kinds)('is missing while its device is not there: $accepter', async (options) => {
    const { line, port } = await bench(options);
    await line.pull();
    expect(await howItEnds(port)).toMatchObject({
      reason: 'port_device_missing',
      detail: expect.stringContaining('says "Device open failure"') as unknown,
    });
  });

  it.each(kinds)(
    'ends when the cable is pulled, and is back with it: $accepter',
    async (options) => {
      const { peer, line, port } = await bench(options);
      const before = await open(port);
      collect(before);
      before.write(Buffer.from('1'));
      await peer.heard(1);
      const end = endOf(before);
      await line.pull();
      expect(await end).toMatchObject({ reason: 'port_closed' });
      await line.plug();
      const after = await open(port);
      after.write(Buffer.from('2'));
      expect(String(await peer.heard(2))).toBe('12');
    },
  );

  it.each(kinds)('is taken over where ser2net kicks old users: $accepter', async (options) => {
    const { peer, port } = await bench({ ...options, kicksOldUser: true });
    const first = await open(port);
    collect(first);
    first.write(Buffer.from('1'));
    await peer.heard(1);
    const end = endOf(first);
    const second = await open(port);
    expect(await end).toMatchObject({ reason: 'port_closed' });
    second.write(Buffer.from('2'));
    expect(String(await peer.heard(2))).toBe('12');
  });
});

describeWith(programs, 'the line behind ser2net with RFC 2217', () => {
  const accepter = 'telnet(rfc2217),tcp';

  it('is set as the address says', async () => {
    const { line, port } = await bench({ accepter });
    const transport = await open(`${port}?baud=9600&stopBits=2`);
    const settings = await line.settings();
    expect(settings[0]).toBe('9600');
    expect(settings).toContain('cstopb');
    expect(transport.setBaudRate).toBeUndefined();
  });

  it('has the rate of the dialect where the address names none, and takes another', async () => {
    const { peer, line, port } = await bench({ accepter });
    const transport = await open(port, 57_600);
    collect(transport);
    expect((await line.settings())[0]).toBe('57600');
    await transport.setBaudRate?.(9600);
    expect((await line.settings())[0]).toBe('9600');
    transport.write(Buffer.from('AT'));
    expect(String(await peer.heard(2))).toBe('AT');
  });
});
