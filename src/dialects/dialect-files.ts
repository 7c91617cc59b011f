import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dialect } from '../at/dialect.js';
import { DomainError } from '../core/errors.js';
import { parseDialect } from './parse-dialect.js';
import type { ParsedDialect } from './parse-dialect.js';

/** A dialect is a page or two; what is much larger is another file. Units: bytes. */
const maxFileBytes = 1_000_000;

/** Reads a dialect file and tells everything that is wrong with it. Errors: `dialect.invalid` for what is no JSON. */
export async function checkDialectFile(path: string): Promise<ParsedDialect> {
  return parseDialect(await readJson(path));
}

/** Reads a dialect file. Errors: `dialect.invalid`, which names the first field that is wrong. */
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
    throw invalid(path, 'cannot be read', cause);
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
    throw cause instanceof DomainError ? cause : invalid(path, 'cannot be read', cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'cannot be parsed';
    throw invalid(path, `is no JSON: ${why}`);
  }
}

function invalid(path: string, what: string, cause?: unknown): DomainError {
  return new DomainError('dialect.invalid', `${path}: ${what}`, {}, { cause });
}
