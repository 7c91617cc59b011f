/** Takes rows that come in slices as many at a time as somebody has room for. */
export class RowCursor<Row> {
  readonly #slices: AsyncIterator<readonly Row[]>;
  #rest: readonly Row[] = [];

  constructor(slices: AsyncIterable<readonly Row[]>) {
    this.#slices = slices[Symbol.asyncIterator]();
  }

  /** Shape: 1 to `most` rows; none at the end. */
  async take(most: number): Promise<readonly Row[]> {
    if (await this.isAtEnd()) return [];
    const taken = this.#rest.slice(0, most);
    this.#rest = this.#rest.slice(most);
    return taken;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#slices.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }

  /** Tells where the rows come from that no more are wanted. */
  async close(): Promise<void> {
    await this.#slices.return?.();
  }
}
