import { dialects } from '../at/find-dialect.js';
import { rivalsOf } from '../at/rival-dialects.js';
import type { Rival } from '../at/rival-dialects.js';
import { checkDialectFile } from '../dialects/dialect-files.js';
import type { AddedDialectView, DialectView } from '../dialects/dialect-view.js';
import type { ParsedDialect } from '../dialects/parse-dialect.js';
import type { Api } from './api-client.js';
import { printTable } from './table.js';
import { exitCodes, tell } from './telling.js';

/** Prints every dialect in a line. */
export async function list(api: Api): Promise<boolean> {
  const header = ['id', 'revision', 'persistence', 'read-back', 'registration', 'confidence'];
  return await printTable<DialectView>(api, '/dialects?', {
    header: [...header, 'modules'],
    cellsOf: (dialect) => [
      dialect.id,
      dialect.revision ?? 'built in',
      dialect.persistence,
      dialect.readBack,
      dialect.registration.join(', ') || '-',
      dialect.confidence,
      dialect.modules.join(', '),
    ],
  });
}

/** Prints a built-in dialect as a file; false when there is none of this id. */
export function showBuiltIn(id: string): boolean {
  const found = dialects.find((dialect) => dialect.id === id);
  if (found) print(found);
  return found !== undefined;
}

/** Prints a dialect of the service as a file. Errors: those of the API. */
export async function show(api: Api, id: string): Promise<boolean> {
  print(await api.get(`/dialects/${encodeURIComponent(id)}`));
  return true;
}

/** Removes a dialect. Errors: those of the API. */
export async function remove(api: Api, id: string): Promise<boolean> {
  (await api.open('DELETE', `/dialects/${encodeURIComponent(id)}`)).resume();
  process.stdout.write(`${id} was removed\n`);
  return true;
}

/** Adds a dialect file, once nothing is wrong with it. Errors: those of the API; `dialect.invalid`. */
export async function add(api: Api, file: string): Promise<boolean> {
  const checked = await checkDialectFile(file);
  if ('problems' in checked) {
    tellProblems(file, checked);
    return false;
  }
  // A service of an older version tells no rivals.
  type Added = DialectView & Partial<Pick<AddedDialectView, 'rivals'>>;
  const { id, revision, rivals = [] } = await api.post<Added>('/dialects', checked.dialect);
  process.stdout.write(`${id}, revision ${revision ?? '-'}\n`);
  tellRivals(id, rivals);
  return true;
}

/** Tells everything that is wrong with a file. Shape: exit code 1 where there is anything. */
export async function check(file: string): Promise<void> {
  try {
    const checked = await checkDialectFile(file);
    if ('dialect' in checked) {
      const { dialect } = checked;
      process.stdout.write(`${file}: ${dialect.id} is well formed\n`);
      tellRivals(dialect.id, rivalsOf(dialect, dialects));
    } else {
      tellProblems(file, checked);
      process.exitCode = exitCodes.trouble;
    }
  } catch (error) {
    tell(error, exitCodes.trouble);
  }
}

function tellProblems(
  file: string,
  { problems, hasMore }: Extract<ParsedDialect, { readonly problems: unknown }>,
): void {
  for (const { path, message } of problems) {
    process.stderr.write(`${file}: ${path || 'the whole'}: ${message}\n`);
  }
  if (hasMore) {
    process.stderr.write(`${file}: check again when this is mended: more may be wrong\n`);
  }
}

function tellRivals(dialect: string, rivals: readonly Rival[]): void {
  for (const { id, model } of rivals) {
    process.stderr.write(
      `A module that says it is ${model} fits ${dialect} and ${id}: with both, every slot of every ` +
        'station that names no dialect ends with dialect_ambiguous for such a module. Name one of ' +
        'them in these slots, make match of yours narrower, or leave it out.\n',
    );
  }
}

function print(dialect: unknown): void {
  process.stdout.write(`${JSON.stringify(dialect, null, 2)}\n`);
}
