import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { roles } from '../../src/core/role.js';
import { roleMatrix } from './role-matrix.js';

const path = join(import.meta.dirname, '..', '..', 'docs', 'access.md');
const heading = '## Routes\n';
const tableHead = `| route | ${roles.join(' | ')} |\n|---|${roles.map(() => ':-:|').join('')}\n`;

/** The page with its table as the matrix has it. */
async function renderPage(page: string): Promise<string> {
  const [text = ''] = page.slice(page.indexOf(heading)).split(/^\|/m);
  const rows = Object.entries(roleMatrix).map(([route, allowed]) => {
    const marks = roles.map((role) => (allowed.includes(role) ? '✓' : ' '));
    return `| \`${route.replace('/api/v1', '')}\` | ${marks.join(' | ')} |`;
  });
  const before = page.slice(0, page.indexOf(heading));
  const style = await resolveConfig(import.meta.filename);
  const whole = `${before}${text}${tableHead}${rows.join('\n')}\n`;
  return await format(whole, { ...style, parser: 'markdown' });
}

if (process.env['UPDATE_DOCS'] === '1') {
  writeFileSync(path, await renderPage(readFileSync(path, 'utf8')));
}

describe('docs/access.md', () => {
  it('says of every route who may call it (UPDATE_DOCS=1 writes it again)', async () => {
    const page = readFileSync(path, 'utf8');
    expect(page).toBe(await renderPage(page));
    for (const route of Object.keys(roleMatrix)) {
      expect(page).toContain(`\`${route.replace('/api/v1', '')}\``);
    }
  });
});
