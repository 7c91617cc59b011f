import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import type { Dialect } from '../../src/at/dialect.js';
import { dialects } from '../../src/at/find-dialect.js';

const path = join(import.meta.dirname, '..', '..', 'docs', 'dialects.md');
const head = '| id | modules | persistence | read-back | registration | confidence |';

function rowOf({ id, modules, persistence, readBack, network, ...dialect }: Dialect): string {
  const ways = [...(network ? ['network'] : []), ...(dialect.moduleRegistration ? ['module'] : [])];
  const cells = [
    `\`${id}\``,
    modules.join(', '),
    persistence,
    readBack.mode,
    ways.join(', ') || '-',
  ];
  return `| ${[...cells, dialect.confidence].join(' | ')} |`;
}

/** The page with its table as the code has it. */
async function renderPage(page: string): Promise<string> {
  const table = [head, head.replace(/[^|]+/g, '---'), ...dialects.map(rowOf)].join('\n');
  const whole = page.replace(/^\|[^]*?\n(?!\|)/m, () => `${table}\n`);
  const style = await resolveConfig(import.meta.filename);
  return await format(whole, { ...style, parser: 'markdown' });
}

if (process.env['UPDATE_DOCS'] === '1') {
  writeFileSync(path, await renderPage(readFileSync(path, 'utf8')));
}

it('docs/dialects.md says of every built-in dialect what it can (UPDATE_DOCS=1 writes it again)', async () => {
  const page = readFileSync(path, 'utf8');
  expect(page).toContain('| `lierda-lmqtt`');
  expect(page).toBe(await renderPage(page));
});
