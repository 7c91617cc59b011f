import { assertFree, newFile } from './whole-file.js';

/** Where a new key goes: absent, to standard output and nowhere else. */
export interface KeyPlace {
  readonly out?: string;
  readonly force?: boolean;
}

/** A key that was made. Shape: `line` tells of it on standard error and never holds the key. */
export interface MadeKey {
  readonly key: string;
  readonly line: string;
}

/**
 * Has a key made and hands it out: to standard output, or to a file of mode 0600.
 *
 * Shape: the file is begun before the key is asked for, so that none is made that has no place to go.
 * Errors: `file.exists`, `file.unwritable`; those of `make`.
 */
export async function handOut(
  { out, force = false }: KeyPlace,
  make: () => Promise<MadeKey>,
): Promise<boolean> {
  if (out === undefined) {
    const { key, line } = await make();
    process.stdout.write(`${key}\n`);
    process.stderr.write(`${line}\n`);
    return true;
  }
  await assertFree(out, force);
  const file = await newFile(out, force);
  try {
    const { key, line } = await make();
    process.stderr.write(`${line}\n`);
    await new Promise((resolve) => file.stream.write(`${key}\n`, resolve));
    await file.place();
    process.stdout.write(`${out}\n`);
    return true;
  } finally {
    await file.remove();
  }
}
