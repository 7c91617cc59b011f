import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What the peer holds. */
export interface Stored {
  readonly productKey: string;
  readonly deviceName: string;
  readonly deviceSecret: string;
}

/**
 * How the peer departs from a plain module.
 *
 * Shape: `answer` may take over a command; it gives the lines to print, nothing for silence, and
 * `undefined` to let the peer answer as usual. `keeps` says what outlives a restart.
 */
export interface PeerBehaviour {
  readonly imei?: string;
  readonly keeps?: 'all' | 'nothing';
  readonly hasEcho?: boolean;
  readonly banner?: string;
  readonly greeting?: string;
  readonly answer?: (command: string, peer: AtPeer) => readonly string[] | undefined;
}

/** A module on a serial server, as little of it as the slot runner needs; bytes come in pieces of 1-8. */
export class AtPeer {
  readonly commands: string[] = [];
  stored: Stored | undefined;
  restarts = 0;
  private isEchoing: boolean;
  private line = '';
  private outgoing: Promise<void> = Promise.resolve();
  private socket: Socket | undefined;
  private pieceSize = 1;
  private data:
    { left: number; text: string; then: (data: string) => readonly string[] } | undefined;

  private constructor(
    private readonly server: Server,
    readonly behaviour: PeerBehaviour,
  ) {
    this.isEchoing = behaviour.hasEcho ?? false;
    server.on('connection', (socket) => {
      this.accept(socket);
    });
  }

  static async start(behaviour: PeerBehaviour = {}): Promise<AtPeer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new AtPeer(server, behaviour);
  }

  get port(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get imei(): string {
    return this.behaviour.imei ?? '862000000000001';
  }

  /** Prints lines in the dress of V.250. */
  say(...lines: readonly string[]): void {
    this.print(lines.map((line) => `\r\n${line}\r\n`).join(''));
  }

  /** Prints raw text, in pieces. */
  print(text: string): void {
    this.outgoing = this.outgoing.then(async () => {
      for (let rest = text; rest !== '';) {
        this.socket?.write(rest.slice(0, this.pieceSize), 'latin1');
        rest = rest.slice(this.pieceSize);
        this.pieceSize = (this.pieceSize % 8) + 1;
        await new Promise(setImmediate);
      }
    });
  }

  restart(banner: string | undefined = this.behaviour.banner ?? 'RDY'): void {
    this.restarts += 1;
    this.isEchoing = this.behaviour.hasEcho ?? false;
    if (this.behaviour.keeps === 'nothing') {
      this.stored = undefined;
    }
    if (banner !== '') {
      this.say(banner);
    }
  }

  /** Prompts for so many bytes and prints what `then` gives for them. */
  takeData(length: number, then: (data: string) => readonly string[]): void {
    this.data = { left: length, text: '', then };
    this.print('\r\n>');
  }

  hangUp(): void {
    this.socket?.destroy();
  }

  async stop(): Promise<void> {
    this.socket?.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(socket: Socket): void {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      for (const char of bytes.toString('latin1')) {
        this.take(char);
      }
    });
    if (this.behaviour.greeting !== undefined) {
      this.print(this.behaviour.greeting);
    }
  }

  private take(char: string): void {
    if (this.data !== undefined) {
      this.takeByte(this.data, char);
      return;
    }
    if (char !== '\r') {
      this.line += char;
      return;
    }
    const command = this.line;
    this.line = '';
    this.commands.push(command);
    if (this.isEchoing) {
      this.print(`${command}\r`);
    }
    this.say(...(this.behaviour.answer?.(command, this) ?? this.usual(command)));
  }

  private takeByte(data: NonNullable<AtPeer['data']>, char: string): void {
    data.text += char;
    data.left -= 1;
    if (data.left === 0) {
      this.data = undefined;
      this.say(...data.then(data.text));
    }
  }

  private usual(command: string): readonly string[] {
    const write = /^AT\+LMQTTCFG="aliauth",0,"(.*)","(.*)","(.*)"$/.exec(command);
    if (write !== null) {
      const [, productKey = '', deviceName = '', deviceSecret = ''] = write;
      this.stored = { productKey, deviceName, deviceSecret };
      return ['OK'];
    }
    switch (command) {
      case 'AT':
      case 'AT+LMQTTCFG="cloud",0,2,1':
        return ['OK'];
      case 'ATE0':
        this.isEchoing = false;
        return ['OK'];
      case 'AT+CGSN=1':
        return [`+CGSN: "${this.imei}"`, 'OK'];
      case 'AT+CGSN=0':
        return ['+CGSN: "SN0001"', 'OK'];
      case 'AT+LCCID':
        return ['+LCCID: 89860000000000000001', 'OK'];
      case 'AT+LGMR':
        return ['NT35E_V1.0', 'OK'];
      case 'AT+LMQTTCFG="aliauth",0':
        return this.readBack();
      case 'AT+CFUN=0,1':
        this.say('OK');
        this.restart();
        return [];
      default:
        return ['ERROR'];
    }
  }

  private readBack(): readonly string[] {
    if (this.stored === undefined) {
      return ['+CME ERROR: 3'];
    }
    const { productKey, deviceName, deviceSecret } = this.stored;
    return [`+LMQTTCFG: "aliauth",0,"${productKey}","${deviceName}","${deviceSecret}"`, 'OK'];
  }
}
