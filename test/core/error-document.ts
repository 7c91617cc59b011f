import { format, resolveConfig } from 'prettier';
import { catalogue } from '../../src/core/error-catalogue.js';
import type { ErrorEntry } from '../../src/core/catalogue/entry.js';
import { DomainError } from '../../src/core/errors.js';
import type { ErrorCode } from '../../src/core/errors.js';
import { toProblem } from '../../src/platform/http/problem.js';

const introduction = `# Errors

Every refusal of the REST interface is \`application/problem+json\` (RFC 9457) with the members \`type\`,
\`title\`, \`status\`, \`detail\`, \`instance\` and ours: \`code\` (stable: never renamed, never used for
something else), \`retryable\`, \`retryAfterMs\` (also as \`Retry-After\`), \`action\` (\`en\`, \`zh\`) and,
where a program can use it, \`data\`. Branch on \`code\`, never on a text.

REST 接口的每个拒绝均为 \`application/problem+json\`。请按 \`code\` 判断,它永不改名;\`action.zh\` 说明应如何处理。

_Again_ means that the same request may hold a moment later. Codes that stop a start, a command or a jig
are printed as \`code: detail\`; their status is only seen if they reach HTTP. Devices get the envelopes of
the vendor's protocol instead.

This page is written from \`src/core/error-catalogue.ts\` by
\`UPDATE_DOCS=1 npx vitest run test/core/error-catalogue.spec.ts\`.
`;

const head = `| code | status | again | meaning | what to do | 处理方法 |
|---|---|---|---|---|---|
`;

/** Writes the page of all errors from the catalogue, in the format of the repository. */
export async function renderErrors(): Promise<string> {
  const groups = new Map<string, string[]>();
  for (const [code, entry] of Object.entries(catalogue) as [ErrorCode, ErrorEntry][]) {
    const [noun = ''] = code.split('.');
    groups.set(noun, [...(groups.get(noun) ?? []), row(code, entry)]);
  }
  const nouns = [...groups.keys()].sort();
  const sections = nouns.map((noun) => {
    const lines = groups.get(noun) ?? [];
    return `\n## ${noun}\n\n${head}${lines.join('\n')}\n`;
  });
  const style = await resolveConfig(import.meta.filename);
  return await format(introduction + sections.join(''), { ...style, parser: 'markdown' });
}

/** The codes that a page lists, in its order. */
export function documentedCodes(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)` *\|/gm)].map((match) => match[1] ?? '');
}

function row(code: ErrorCode, { retryable, title, action }: ErrorEntry): string {
  const { status } = toProblem(new DomainError(code, ''), '/');
  const again = retryable ? 'yes' : 'no';
  return `| ${[`\`${code}\``, status, again, ...[title, action.en, action.zh].map(cell)].join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
