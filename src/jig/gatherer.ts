/** The answer to one of many questions: its value, or why it was refused. */
export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** How questions are gathered. Units: `waitMs` is the longest that one waits for others. */
export interface GathererOptions<I, O> {
  /** Answers many questions at once, in order. */
  readonly askAll: (items: readonly I[]) => Promise<readonly Answer<O>[]>;
  /** How many others are about to ask; with none nobody waits. */
  readonly nearby: () => number;
  readonly waitMs?: number;
}

interface Question<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

const usualWaitMs = 5;
/** As many as the service takes in one request. */
const mostTogether = 64;

/**
 * Makes one question of those that the slots of a jig ask at the same moment.
 *
 * Shape: a question goes out at once when no other slot is near its own, else with theirs, or some ms
 * later, or when there are 64; a refusal is of one question, trouble on our side of all.
 */
export class Gatherer<I, O> {
  #waiting: Question<I, O>[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: GathererOptions<I, O>) {}

  ask(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      const isFull = this.#waiting.length === mostTogether;
      if (isFull || this.options.nearby() === 0) void this.#flush();
      else this.#timer ??= setTimeout(() => void this.#flush(), this.options.waitMs ?? usualWaitMs);
    });
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const asked = this.#waiting.splice(0);
    try {
      const answers = await this.options.askAll(asked.map(({ item }) => item));
      for (const [index, { resolve, reject }] of asked.entries()) {
        const answer = answers[index];
        if (answer?.ok) resolve(answer.value);
        else reject(answer?.error ?? new Error('an answer is missing'));
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
