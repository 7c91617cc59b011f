import { Readable } from 'node:stream';

/** An event of a stream. Shape: it is sent as one line of JSON. */
export interface StreamedEvent {
  readonly id: number;
  readonly type: string;
}

/** How long a reader may take for one part before it is cut off. Units: ms. */
const patienceMs = 60_000;

/**
 * Writes parts of events as a stream of server-sent events; an empty part is a comment.
 *
 * Shape: the next part is asked for when the last was taken, so a slow reader holds one part, and a
 * reader that takes nothing for a minute is cut off: it comes back with the number it has.
 * Source: HTML Living Standard, 9.2 "Server-sent events".
 */
export function eventStream(
  parts: AsyncIterable<readonly StreamedEvent[]>,
  stallMs = patienceMs,
): Readable {
  const stream = Readable.from(
    written(parts, stallMs, () => stream),
    { objectMode: true },
  );
  return stream;
}

async function* written(
  parts: AsyncIterable<readonly StreamedEvent[]>,
  stallMs: number,
  stream: () => Readable,
): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  for await (const part of parts) {
    const timer = setTimeout(() => stream().destroy(), stallMs);
    try {
      yield part.length === 0 ? ':\n\n' : part.map(eventText).join('');
    } finally {
      clearTimeout(timer);
    }
  }
}

function eventText(event: StreamedEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
