import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

async function pages(): Promise<string[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true });
  const found = ['README.md', 'README.zh-CN.md', ...inDocs.map((name) => join('docs', name))];
  return found.filter((name) => name.endsWith('.md'));
}

describe('the documents', () => {
  it('link to nothing that is not there', async () => {
    const dead: string[] = [];
    for (const page of await pages()) {
      const text = await readFile(join(root, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)) {
        const path = join(root, dirname(page), target);
        if (!existsSync(path)) dead.push(`${page}: ${relative(root, path)}`);
      }
    }
    expect(dead).toEqual([]);
  });
});
