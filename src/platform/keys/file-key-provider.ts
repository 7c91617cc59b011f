import { randomBytes } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { DomainError } from '../../core/errors.js';
import { placeFileOnce, readIfPresent, replaceFile } from '../files.js';
import { parseKeyFile, renderKeyFile } from './key-file.js';
import type { KeyProvider, KeySet, MasterKey } from './key-provider.js';

const fileMode = 0o600;

/**
 * Keeps the master keys in one JSON file, mode 0600.
 *
 * Errors: `keys.file_unreadable`, `keys.file_malformed`, `keys.still_seals`.
 */
export class FileKeyProvider implements KeyProvider {
  constructor(readonly place: string) {}

  async load(): Promise<KeySet | undefined> {
    const content = await this.#guard('read', readIfPresent(this.place));
    return content && parseKeyFile(content.toString('utf8'), this.place);
  }

  async create(now: Date): Promise<{ keySet: KeySet; isOurs: boolean }> {
    const existing = await this.load();
    if (existing) return { keySet: existing, isOurs: false };
    const key = newKey(now);
    const content = renderKeyFile({ keys: [key], current: key.kid });
    const isOurs = await this.#guard('written', placeFileOnce(this.place, content, fileMode));
    return { keySet: await this.#loadExisting(), isOurs };
  }

  async announce(now: Date): Promise<KeySet> {
    const { keys, current } = await this.#loadExisting();
    return await this.#replace({ keys: [...keys, newKey(now)], current });
  }

  async use(kid: string): Promise<KeySet> {
    const { keys } = await this.#loadExisting();
    return await this.#replace({ keys, current: kid });
  }

  async retire(kid: string, now: Date): Promise<KeySet> {
    const { keys, current } = await this.#loadWithout(kid);
    const marked = keys.map((key) => (key.kid === kid ? { ...key, retiredAt: now } : key));
    return await this.#replace({ keys: marked, current });
  }

  async forget(kid: string): Promise<KeySet> {
    const { keys, current } = await this.#loadWithout(kid);
    return await this.#replace({ keys: keys.filter((key) => key.kid !== kid), current });
  }

  /** Answers a line for the operator if others than the owner may read the file. */
  async warning(): Promise<string | undefined> {
    const { mode } = await this.#guard('read', stat(this.place));
    if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined;
    return `The master key file ${this.place} can be read by others; run: chmod 600 ${this.place}`;
  }

  /** Whoever could read the file before can read it after: a service may run as another user. */
  async #replace(keySet: KeySet): Promise<KeySet> {
    const replaced = async (): Promise<void> => {
      const path = await realpath(this.place);
      const { mode } = await stat(path);
      await replaceFile(path, renderKeyFile(keySet), mode & 0o777);
    };
    await this.#guard('written', replaced());
    return keySet;
  }

  /** The keys, when the one named is not the one that seals. */
  async #loadWithout(kid: string): Promise<KeySet> {
    const keySet = await this.#loadExisting();
    if (kid !== keySet.current) return keySet;
    throw new DomainError('keys.still_seals', `Key ${kid} still seals; add another first.`);
  }

  async #loadExisting(): Promise<KeySet> {
    const keySet = await this.load();
    if (keySet) return keySet;
    throw new DomainError('keys.file_unreadable', `The master key file ${this.place} is missing.`);
  }

  async #guard<T>(verb: 'read' | 'written', work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      const detail = `The master key file ${this.place} cannot be ${verb}.`;
      throw new DomainError('keys.file_unreadable', detail, {}, { cause });
    }
  }
}

function newKey(now: Date): MasterKey {
  return { kid: randomBytes(6).toString('hex'), bytes: randomBytes(32), createdAt: now };
}
