/** An event of a run as it is answered. */
export interface ShownEvent {
  readonly id: number;
  readonly type: string;
  readonly slot?: number;
  readonly phase?: string;
  readonly outcome?: string;
}

/** A page of a long poll. */
export interface ShownPage {
  readonly events: readonly ShownEvent[];
  readonly next: number;
  readonly isOver: boolean;
}

/** A stream of events that is being read. */
export interface EventReader {
  readonly status: number;
  readonly contentType: string | null;
  readonly events: ShownEvent[];
  /** Resolves when so many are there, or the stream has ended. */
  until(count: number): Promise<void>;
  /** Resolves at the end of the stream; rejects when the connection breaks. */
  ended(): Promise<ShownEvent[]>;
  leave(): void;
}

/** Opens the stream of a run. */
export async function readEvents(
  base: string,
  runId: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(`${base}/api/v1/runs/${runId}/events`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
    signal: abort.signal,
  });
  const events: ShownEvent[] = [];
  let onNews = (): void => undefined;
  const work = (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      events.push(...blocks.flatMap(parse));
      onNews();
    }
    return events;
  })();
  work.catch(() => undefined);
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    events,
    until: async (count) => {
      const enough = new Promise<void>((resolve) => {
        onNews = () => {
          if (events.length >= count) resolve();
        };
        onNews();
      });
      await Promise.race([enough, work]);
    },
    ended: () => work,
    leave: () => {
      abort.abort();
    },
  };
}

function parse(block: string): ShownEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => {
      const [name = '', ...rest] = line.split(': ');
      return [name, rest.join(': ')] as const;
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return [];
  const event = JSON.parse(data) as ShownEvent;
  if (fields.get('id') !== String(event.id)) throw new Error(`${block}: two numbers`);
  if (fields.get('event') !== event.type) throw new Error(`${block}: two types`);
  return [event];
}
