import type { Socket } from 'node:net';
import type { Rfc2217Address } from '../../core/port-address.js';
import { SlotStop } from '../slot-result.js';
import { comPortValues, decodeComPort, encodeComPort, encodePurge } from './com-port.js';
import type { ComPortSetting, ComPortValue } from './com-port.js';
import { PortLife, stopOf } from './port-life.js';
import { serverTextOf, watchServerTexts } from './server-texts.js';
import { bindLife, connectSocket } from './socket.js';
import { decodeTelnet, encodeData, newTelnet } from './telnet-codec.js';
import type { TelnetEvent } from './telnet-codec.js';
import { comPortOption, negotiate, openOptions } from './telnet-options.js';
import type { ConnectOptions, PortEnd, Transport } from './transport.js';

const usualBaudRate = 115_200;

/**
 * Connects to a serial server that speaks RFC 2217 and sets its line; the server confirms every setting.
 *
 * Units: milliseconds, baud.
 * Errors: `SlotStop` with `port_refused`, `port_timeout` (also when the settings are not confirmed),
 * `port_settings_refused`, `port_busy`, `port_device_missing` or `port_closed`.
 */
export async function connectRfc2217(
  address: Rfc2217Address,
  { connectMs, baudRate = usualBaudRate }: ConnectOptions,
): Promise<Transport> {
  const { line } = address;
  const socket = await connectSocket(address, connectMs);
  const transport = new Rfc2217Transport(socket, connectMs, line.baudRate === undefined);
  try {
    await transport.begin(comPortValues({ ...line, baudRate: line.baudRate ?? baudRate }));
  } catch (error) {
    transport.close();
    const end = isClosed(error) ? await serverTextOf(address, connectMs) : undefined;
    throw end === undefined ? error : stopOf(end);
  }
  return transport;
}

function isClosed(error: unknown): boolean {
  return error instanceof SlotStop && error.reason === 'port_closed';
}

class Rfc2217Transport implements Transport {
  readonly setBaudRate?: (baudRate: number) => Promise<void>;
  private readonly life = new PortLife();
  private readonly serverText = watchServerTexts();
  private readonly answers = new Map<ComPortSetting, number>();
  private telnet = newTelnet;
  private options = openOptions().states;
  /** Data is dropped until the line is set, then kept until there is a listener. */
  private early: Uint8Array[] | undefined;
  private listener: ((bytes: Uint8Array) => void) | undefined;
  private lookAgain: (() => void) | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly answerMs: number,
    canSetBaudRate: boolean,
  ) {
    if (canSetBaudRate) {
      this.setBaudRate = (value) => this.set([{ setting: 'baudRate', value }]);
    }
    bindLife(socket, this.life);
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
    });
  }

  async begin(values: readonly ComPortValue[]): Promise<void> {
    this.send(...openOptions().bytes);
    await this.until(() => this.options.ours.get(comPortOption) !== 'asked');
    await this.set(values);
    this.early = [];
  }

  write(bytes: Uint8Array): void {
    this.send(encodeData(bytes));
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
    for (const bytes of this.early ?? []) {
      listener(bytes);
    }
    this.early = [];
  }

  onClose(listener: (end: PortEnd) => void): void {
    this.life.onEnd(listener);
  }

  close(): void {
    this.life.close();
    this.socket.destroy();
  }

  /** Sets the line, waits until the server has confirmed it, and drops what came at the old settings. */
  private async set(values: readonly ComPortValue[]): Promise<void> {
    this.answers.clear();
    this.send(...values.map(encodeComPort));
    await this.until(() => values.every(({ setting }) => this.answers.has(setting)));
    for (const { setting, value } of values) {
      const answer = this.answers.get(setting);
      if (answer !== value) {
        const detail = `asked for ${setting} ${value}, the server has set ${answer ?? 'nothing'}: ask for what it can, or allow it there`;
        throw stopOf({ reason: 'port_settings_refused', detail });
      }
    }
    this.send(encodePurge());
  }

  private take(chunk: Buffer): void {
    const { state, events } = decodeTelnet(this.telnet, chunk);
    this.telnet = state;
    for (const event of events) {
      if (this.life.isOpen) {
        this.handle(event);
      }
    }
    this.lookAgain?.();
  }

  private handle(event: TelnetEvent): void {
    switch (event.kind) {
      case 'data':
        this.takeData(event.bytes);
        return;
      case 'negotiation': {
        const { states, reply } = negotiate(this.options, event);
        this.options = states;
        if (reply !== undefined) {
          this.send(reply);
        }
        if (states.ours.get(comPortOption) === undefined) {
          const detail =
            'the server does not speak RFC 2217 here: set it to telnet(rfc2217), or write tcp://';
          this.life.finish({ reason: 'port_settings_refused', detail });
        }
        return;
      }
      case 'subnegotiation': {
        const answer = event.option === comPortOption ? decodeComPort(event.payload) : undefined;
        if (answer !== undefined) {
          this.answers.set(answer.setting, answer.value);
        }
      }
    }
  }

  private takeData(bytes: Uint8Array): void {
    const end = this.serverText(bytes);
    if (end !== undefined) {
      this.life.finish(end);
    } else if (this.listener !== undefined) {
      this.listener(bytes);
    } else {
      this.early?.push(bytes);
    }
  }

  private send(...parts: readonly Uint8Array[]): void {
    if (this.life.isOpen) {
      this.socket.write(Buffer.concat(parts));
    }
  }

  /** Waits until something holds; looks after every chunk. */
  private until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const detail = `no RFC 2217 answer within ${this.answerMs} ms: set the server to telnet(rfc2217), or write tcp://`;
        const end: PortEnd = { reason: 'port_timeout', detail };
        this.life.finish(end);
        reject(stopOf(end));
      }, this.answerMs);
      const settle = (work: () => void): void => {
        clearTimeout(late);
        this.lookAgain = undefined;
        work();
      };
      this.lookAgain = () => {
        if (isSo()) {
          settle(resolve);
        }
      };
      this.life.onEnd((end) => {
        settle(() => {
          reject(stopOf(end));
        });
      });
      this.lookAgain();
    });
  }
}
