import { ServerResponse } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * A response whose header names go out as `Content-Length`, not `content-length`.
 *
 * The C SDKs 3.x and 4.x look for `Content-Length` in exactly this case; Fastify lower-cases names.
 * As the class of the server's responses it holds for every answer, those included that never
 * reach a controller.
 * Source: C SDK 3.x and 4.x, observed on the wire.
 */
export class TitleCaseResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  #isEventStream = false;

  /** Whether this answer is a stream of events, which has no end of its own. */
  get isEventStream(): boolean {
    return this.#isEventStream;
  }

  /** `appendHeader` and `setHeaders` come by here too. */
  override setHeader(name: string, value: number | string | readonly string[]): this {
    this.#note(name, value);
    return super.setHeader(titleCase(name), value);
  }

  override writeHead(status: number, reason?: string | Headers, headers?: Headers): this {
    if (typeof reason === 'string') return super.writeHead(status, reason, this.#retitle(headers));
    return super.writeHead(status, this.#retitle(reason ?? headers));
  }

  #retitle(headers: Headers | undefined): Headers | undefined {
    if (headers === undefined) return undefined;
    if (Array.isArray(headers)) return headers.map((entry, index) => retitleEntry(entry, index));
    const titled: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(headers)) {
      this.#note(name, value);
      titled[titleCase(name)] = value;
    }
    return titled;
  }

  #note(name: string, value: OutgoingHttpHeader | readonly string[] | undefined): void {
    if (titleCase(name) !== 'Content-Type') return;
    this.#isEventStream = String(value).startsWith('text/event-stream');
  }
}

/** A list of headers is flat (name, value, name, value) or one of pairs. */
function retitleEntry(entry: OutgoingHttpHeader, index: number): OutgoingHttpHeader {
  if (Array.isArray(entry)) return [titleCase(entry[0] ?? ''), ...entry.slice(1)];
  return index % 2 === 0 ? titleCase(String(entry)) : entry;
}

const titled = new Map<string, string>();
const maxRemembered = 256;

function titleCase(name: string): string {
  const known = titled.get(name);
  if (known !== undefined) return known;
  const text = name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => {
    return dash + letter.toUpperCase();
  });
  if (titled.size < maxRemembered) titled.set(name, text);
  return text;
}
