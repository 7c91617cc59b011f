import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorKinds } from '../../src/core/catalogue/entry.js';
import { catalogue } from '../../src/core/error-catalogue.js';
import type { ErrorEntry } from '../../src/core/catalogue/entry.js';
import { DomainError } from '../../src/core/errors.js';
import type { ErrorCode } from '../../src/core/errors.js';
import { documentedCodes, renderErrors } from './error-document.js';

const root = join(import.meta.dirname, '..', '..');
const documentPath = join(root, 'docs', 'errors.md');
const codes = Object.keys(catalogue) as ErrorCode[];
const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(catalogue);

/** All code of the service but the catalogue itself. */
function readSources(): string {
  const src = join(root, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !file.endsWith('error-catalogue.ts'),
  );
  return sources.map((file) => readFileSync(join(src, file), 'utf8')).join('\n');
}

/** What the code itself says, without the comments that only name codes. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

if (process.env['UPDATE_DOCS'] === '1') writeFileSync(documentPath, await renderErrors());

describe('docs/errors.md', () => {
  const document = readFileSync(documentPath, 'utf8');

  it('lists every code of the catalogue', () => {
    const documented = documentedCodes(document);
    expect(codes.filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('lists no code that the catalogue does not have, and none twice', () => {
    const documented = documentedCodes(document);
    expect(documented.filter((code) => !Object.hasOwn(catalogue, code))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('says of each what the catalogue says (UPDATE_DOCS=1 writes it again)', async () => {
    expect(document).toBe(await renderErrors());
  });
});

describe('the catalogue', () => {
  it.each(entries)('tells of %s what it is and what to do, in English and Chinese', (_, entry) => {
    expect(errorKinds).toContain(entry.kind);
    expect(entry.title).toMatch(/^\S.*[^.\s]$/);
    expect(entry.action.en).toMatch(/^[A-Z].*\S$/);
    expect(entry.action.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(entry.action.en).not.toMatch(/[\u4e00-\u9fff]/);
  });

  it('has codes of the form noun.reason', () => {
    expect(codes.filter((code) => !/^(internal|[a-z]+\.[a-z_]+)$/.test(code))).toEqual([]);
  });

  it('holds no code that nothing uses', () => {
    const source = withoutComments(readSources());
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  it('asks for a repeat where waiting helps, and never where the request itself is wrong', () => {
    const passing = ['unavailable', 'too_fast'];
    const mayPass = [...passing, 'conflict']; // an order that is still minting opens by itself
    const wrong = entries.filter(([, { kind, retryable }]) =>
      retryable ? !mayPass.includes(kind) : passing.includes(kind),
    );
    expect(wrong.map(([code]) => code)).toEqual([]);
  });
});

describe('an error', () => {
  it('knows its entry and says code and detail', () => {
    const error = new DomainError('order.closed', 'ord-7 is closed.', { orderId: 'ord-7' });
    expect(error.entry).toBe(catalogue['order.closed']);
    expect(error.message).toBe('order.closed: ord-7 is closed.');
    expect(error.data).toEqual({ orderId: 'ord-7' });
  });
});
