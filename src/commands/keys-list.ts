import { FileKeyProvider } from '../platform/keys/file-key-provider.js';
import type { KeySet } from '../platform/keys/key-provider.js';
import { allKids } from '../platform/keys/master-key.store.js';
import type { KidRecord } from '../platform/keys/master-key.store.js';
import { countByKid } from '../platform/keys/sealed-values.store.js';
import { sealedColumns } from '../sealed-columns.js';
import { onSite } from './local.js';

/** Shows the master keys of the file and of the database, one line each; changes nothing. */
export async function listKeys(): Promise<void> {
  await onSite(async ({ database, env }) => {
    const keySet = await new FileKeyProvider(env.masterKeyFile).load();
    const known = await allKids(database.single);
    const counts = await countByKid(database.single, sealedColumns);
    const kids = new Set([
      ...known.map(({ kid }) => kid),
      ...(keySet?.keys.map(({ kid }) => kid) ?? []),
      ...counts.keys(),
    ]);
    const lines = [...kids].map((kid) => {
      const { madeAt, state, isMissing } = describe(kid, keySet, known, counts.get(kid) ?? 0);
      const file = isMissing ? '  MISSING in the file' : '';
      return {
        text: `${kid}  ${madeAt}  ${state}  seals ${counts.get(kid) ?? 0}${file}`,
        isMissing,
      };
    });
    process.stdout.write(`${env.masterKeyFile}\n`);
    for (const { text } of lines) process.stdout.write(`${text}\n`);
    return lines.every(({ isMissing }) => !isMissing);
  });
}

/** Shape: missing is a key that values carry, or that a start asks for, and the file lacks. */
function describe(
  kid: string,
  keySet: KeySet | undefined,
  known: readonly KidRecord[],
  count: number,
): { readonly madeAt: string; readonly state: string; readonly isMissing: boolean } {
  const index = keySet?.keys.findIndex((key) => key.kid === kid) ?? -1;
  const current = keySet?.keys.findIndex((key) => key.kid === keySet.current) ?? -1;
  const record = known.find((one) => one.kid === kid);
  const key = keySet?.keys[index];
  const madeAt = (key?.createdAt ?? record?.createdAt)?.toISOString() ?? 'unknown';
  const isRetired = key?.retiredAt !== undefined || Boolean(record?.retiredAt);
  const isMissing = index < 0 && (count > 0 || !isRetired);
  if (index === current && index >= 0) return { madeAt, state: 'current  ', isMissing };
  if (isRetired) return { madeAt, state: 'retired  ', isMissing };
  return { madeAt, state: index > current ? 'announced' : 'old      ', isMissing };
}
