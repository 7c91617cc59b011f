/** What one measurement says. */
export interface Finding {
  readonly work: string;
  /** Both sides as a person reads them; a side that does not exist is `-`. */
  readonly floor: string;
  readonly ours: string;
  /** The number that the target is about, or that is reported, and how a person reads it. */
  readonly figure: number;
  readonly shown: string;
  /** Absent: reported, not promised. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** Every round as it was measured, for the JSON report. */
  readonly rounds: readonly Readonly<Record<string, number>>[];
}

/** Whether the target is met; undefined where there is none. */
export function isMet({ figure, target }: Finding): boolean | undefined {
  if (!target) return undefined;
  return 'atLeast' in target ? figure >= target.atLeast : figure <= target.atMost;
}

const header = ['work', 'floor', 'ours', 'ratio', 'target', ''];

/** Writes findings as a table for people. */
export function tableOf(findings: readonly Finding[]): string {
  const lines = [header, ...findings.map(cellsOf)];
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const [head = '', ...body] = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [head, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n');
}

function cellsOf(finding: Finding): string[] {
  const { work, floor, ours, shown, target } = finding;
  if (!target) return [work, floor, ours, shown, '-', 'reported'];
  const wanted = 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
  return [work, floor, ours, shown, wanted, isMet(finding) ? 'met' : 'MISSED'];
}
