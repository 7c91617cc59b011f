import { expect, it, onTestFinished } from 'vitest';
import { connectPort } from '../../../src/jig/transports/connect-port.js';
import type { Transport } from '../../../src/jig/transports/transport.js';
import { BytePeer, collect, endOf, everyByte } from './byte-peer.js';
import { describeWith } from './installed.js';
import { SerialLine } from './serial-line.js';

const options = { connectMs: 5_000 };

async function open(port: string, baudRate?: number): Promise<Transport> {
  const transport = await connectPort(port, { ...options, baudRate });
  onTestFinished(() => {
    transport.close();
  });
  return transport;
}

describeWith(['socat', 'stty'], 'a serial port', () => {
  it('passes every byte unchanged, both ways', async () => {
    const peer = await BytePeer.start();
    const line = await SerialLine.to(peer.port);
    const transport = await open(line.port);
    const received = collect(transport);
    transport.write(everyByte);
    expect(await peer.heard(everyByte.length)).toEqual(Buffer.from(everyByte));
    peer.say(everyByte);
    expect(await received(everyByte.length)).toEqual(Buffer.from(everyByte));
  });

  it('is set as its address says', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    const transport = await open(`${line.port}?baud=9600&parity=odd&stopBits=2`);
    // A pty drops the bit that turns parity on, and keeps these.
    const settings = await line.settings();
    expect(settings[0]).toBe('9600');
    expect(settings).toEqual(expect.arrayContaining(['parodd', 'cstopb']));
    expect(transport.setBaudRate).toBeUndefined();
  });

  it('begins with the rate of the dialect where its address names none, and takes another', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    const transport = await open(line.port, 9600);
    expect((await line.settings())[0]).toBe('9600');
    await transport.setBaudRate?.(57_600);
    expect((await line.settings())[0]).toBe('57600');
  });

  it('is busy while it is open, and free again at once when it was closed', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    for (let round = 0; round < 3; round += 1) {
      const transport = await open(line.port);
      await expect(open(line.port)).rejects.toMatchObject({
        reason: 'port_busy',
        detail: `another program has ${line.path} open: close it (a terminal, ser2net, another agent)`,
      });
      transport.close();
    }
  });

  it('ends when its cable is pulled, while nothing is said', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    const transport = await open(line.port);
    collect(transport);
    const end = endOf(transport);
    await line.pull();
    expect(await end).toMatchObject({ reason: 'port_closed' });
    transport.write(everyByte);
    expect((await endOf(transport)).detail).toMatch(
      /^the port was lost \(.+\): check cable and power, then run again$/,
    );
  });

  it('ends when it is written to after its cable was pulled, though nobody listens to it', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    const transport = await open(line.port);
    const end = endOf(transport);
    await line.pull();
    transport.write(everyByte);
    expect(await end).toMatchObject({ reason: 'port_closed' });
  });

  it('is missing while it is pulled, and works when it is back', async () => {
    const peer = await BytePeer.start();
    const line = await SerialLine.to(peer.port);
    const before = await open(line.port);
    collect(before);
    const end = endOf(before);
    await line.pull();
    await end;
    await expect(open(line.port)).rejects.toMatchObject({
      reason: 'port_device_missing',
      detail: `there is no ${line.path}: check cable and power; it may have come back by another name`,
    });
    await line.plug();
    const after = await open(line.port);
    after.write(Buffer.from('AT'));
    expect(String(await peer.heard(2))).toBe('AT');
  });

  it('tells no end after its own close', async () => {
    const line = await SerialLine.to((await BytePeer.start()).port);
    const transport = await open(line.port);
    collect(transport);
    const ends: unknown[] = [];
    transport.onClose((end) => ends.push(end));
    transport.close();
    await line.pull();
    const again = await open(line.port).catch((error: unknown) => error);
    expect(again).toMatchObject({ reason: 'port_device_missing' });
    expect(ends).toEqual([]);
  });
});

it('is refused where there is a device that is no serial port', async () => {
  await expect(open('serial:///dev/null')).rejects.toMatchObject({
    reason: 'port_refused',
    detail: expect.stringContaining('/dev/null is no serial port that works') as unknown,
  });
});
