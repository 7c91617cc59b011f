import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dialect } from '../at/dialect.js';
import { DomainError } from '../core/errors.js';
import { parseDialect } from './parse-dialect.js';
import type { ParsedDialect } from './parse-dialect.js';

/** A dialect is a page or two; what is much larger is another file. Units: bytes. */
const maxFileBytes = 1_000_000;

/**
 * Reads a dialect file and tells everything that is wrong with it.
 *
 * Errors: `file.unreadable`; `dialect.invalid` for what is no JSON.
 */
export async function checkDialectFile(path: string): Promise<ParsedDialect> {
  return parseDialect(await readJson(path));
}

/** Reads a dialect file. Errors: `file.unreadable`; `dialect.invalid`, which names the first wrong field. */
export async function readDialectFile(path: string): Promise<Dialect> {
  const checked = await checkDialectFile(path);
  if ('dialect' in checked) return checked.dialect;
  const [first] = checked.problems;
  const more = checked.problems.length > 1 ? ` (and ${checked.problems.length - 1} more)` : '';
  throw invalid(path, `${first?.path || 'the whole'}: ${first?.message ?? 'is wrong'}${more}`);
}

/** Reads a dialect file, or every `.json` of a folder. Errors: those of `readDialectFile`. */
export async function readDialects(path: string): Promise<Dialect[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!found.isDirectory()) return [await readDialectFile(path)];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
  const read = await Promise.all(names.map((name) => readDialectFile(join(path, name))));
  const twice = read.find(({ id }, at) => read.findIndex((one) => one.id === id) < at);
  if (twice) throw invalid(path, `two files have the id ${twice.id}`);
  return read;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    if ((await stat(path)).size > maxFileBytes) throw invalid(path, 'is too large for a dialect');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw cause instanceof DomainError ? cause : unreadable(path, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'cannot be parsed';
    throw invalid(path, `is no JSON: ${why}`);
  }
}

function unreadable(path: string, cause: unknown): DomainError {
  return new DomainError('file.unreadable', `${path} cannot be read.`, {}, { cause });
}

function invalid(path: string, what: string): DomainError {
  return new DomainError('dialect.invalid', `${path}: ${what}`);
}
