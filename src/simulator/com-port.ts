const [SE, SB, WILL, WONT, DO, DONT, IAC] = [240, 250, 251, 252, 253, 254, 255];
const [binary, suppressGoAhead, comPort] = [0, 3, 44];
/** Options that we agree to, whoever offers. */
const agreed = [binary, suppressGoAhead, comPort];
const setBaudRate = 1;
/** What the server says is the request with so much added. Source: RFC 2217, 3. */
const answerOffset = 100;
/** The rate of a port that nobody has set. Units: baud. */
const usualBaudRate = 115_200;
/** Longest subnegotiation that is kept. Units: bytes. */
const maxRequestBytes = 64;

type State = 'data' | 'command' | 'option' | 'request' | 'request command';

/**
 * The server's side of RFC 2217 for one connection: takes telnet out of what the host sends, agrees
 * to its settings, and keeps the rate that it asks for; parity and bits change nothing.
 *
 * Source: RFC 854, 856, 858, 2217; ser2net 4.3.11 observed.
 */
export class ComPort {
  /** Units: baud. */
  baudRate = usualBaudRate;
  #state: State = 'data';
  #verb = 0;
  #request: number[] = [];
  readonly #on = new Set<string>();

  /** Shape: `answer` writes to the host past the line. */
  constructor(private readonly answer: (bytes: Buffer) => void) {
    answer(Buffer.from([IAC, DO, comPort]));
  }

  /** Gives the bytes that are for the module. */
  take(bytes: Buffer): Buffer {
    return Buffer.from([...bytes].filter((byte) => this.#isData(byte)));
  }

  #isData(byte: number): boolean {
    switch (this.#state) {
      case 'data':
        if (byte === IAC) this.#state = 'command';
        return byte !== IAC;
      case 'command':
        return this.#takeCommand(byte);
      case 'option':
        this.#negotiate(byte);
        this.#state = 'data';
        return false;
      case 'request':
        if (byte === IAC) this.#state = 'request command';
        else this.#keep(byte);
        return false;
      case 'request command':
        if (byte === IAC) this.#keep(byte);
        else this.#carryOut();
        this.#state = byte === IAC ? 'request' : 'data';
        return false;
    }
  }

  #takeCommand(byte: number): boolean {
    const isNegotiation = byte >= WILL && byte <= DONT;
    this.#verb = byte;
    this.#request = [];
    this.#state = byte === SB ? 'request' : isNegotiation ? 'option' : 'data';
    return byte === IAC;
  }

  #keep(byte: number): void {
    if (this.#request.length < maxRequestBytes) this.#request.push(byte);
  }

  /** Says what is agreed once only, so that no two ends answer each other for ever. */
  #negotiate(option: number): void {
    const isOffer = this.#verb === WILL || this.#verb === DO;
    if (!isOffer) return;
    const [yes, no] = this.#verb === WILL ? [DO, DONT] : [WILL, WONT];
    const name = `${String(yes)} ${String(option)}`;
    if (this.#on.has(name)) return;
    const isAgreed = agreed.includes(option);
    if (isAgreed) this.#on.add(name);
    this.answer(Buffer.from([IAC, isAgreed ? yes : no, option]));
  }

  /** Every setting is confirmed with the value that was asked for. */
  #carryOut(): void {
    const [option, command = 0, ...value] = this.#request;
    if (option !== comPort) return;
    let answered = value;
    if (command === setBaudRate && value.length === 4) {
      const asked = Buffer.from(value);
      if (asked.readUInt32BE() !== 0) this.baudRate = asked.readUInt32BE();
      asked.writeUInt32BE(this.baudRate);
      answered = [...asked];
    }
    const payload = [comPort, command + answerOffset, ...answered];
    this.answer(Buffer.concat([Buffer.from([IAC, SB]), escaped(payload), Buffer.from([IAC, SE])]));
  }
}

/** Doubles what telnet would take for a command of its own. */
export function escaped(bytes: Iterable<number>): Buffer {
  return Buffer.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}
