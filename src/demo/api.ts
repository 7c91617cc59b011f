/** The API as anybody may call it: JSON over HTTP with a key. */
export class Api {
  constructor(
    private readonly base: string,
    private readonly key: string,
  ) {}

  async get<T>(path: string): Promise<T> {
    return (await this.#send('GET', path)).json() as Promise<T>;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#send('POST', path, body)).json() as Promise<T>;
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.#send('PUT', path, body);
  }

  async text(path: string): Promise<string> {
    return (await this.#send('GET', path)).text();
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const problem = (await response.json()) as { code: string; detail: string };
    throw new Error(`${method} ${path}: ${problem.code}: ${problem.detail}`);
  }
}

/** Asks again until the answer is as wanted. Units: ms between two questions. */
export async function poll<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  everyMs = 50,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
