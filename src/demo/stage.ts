/** One line of the final table. */
export type Row = readonly (string | number)[];

/** Where the demo speaks; it never shows a secret. */
export class Stage {
  readonly #startedAt = performance.now();
  #chapter = 0;
  #failures = 0;

  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    this.say(`\n${this.#chapter}. ${title}  [${seconds} s]`);
  }

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** Tells a check and remembers when it did not hold. */
  check(isHeld: boolean, what: string): void {
    if (!isHeld) this.#failures += 1;
    this.say(`   ${isHeld ? '✔' : '✖'} ${what}`);
  }

  table(header: Row, rows: readonly Row[]): void {
    const lines = [header, ...rows].map((row) => row.map(String));
    const widths = header.map((_, column) =>
      Math.max(...lines.map((line) => (line[column] ?? '').length)),
    );
    for (const [index, line] of lines.entries()) {
      this.say(`   ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
      if (index === 0) this.say(`   ${widths.map((width) => '─'.repeat(width)).join('  ')}`);
    }
  }
}
