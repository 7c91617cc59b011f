import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { DomainError } from '../../core/errors.js';
import { placeFileOnce, readIfPresent, replaceFile } from '../files.js';
import { parseKeyFile, renderKeyFile } from './key-file.js';
import type { KeyProvider, KeySet, MasterKey } from './key-provider.js';

const fileMode = 0o600;

/**
 * Keeps the master keys in one JSON file, mode 0600.
 *
 * Errors: `keys.file_unreadable`, `keys.file_malformed`.
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

  async add(now: Date): Promise<KeySet> {
    const { keys } = await this.#loadExisting();
    const key = newKey(now);
    return this.#replace({ keys: [...keys, key], current: key.kid });
  }

  async remove(kid: string): Promise<KeySet> {
    const { keys, current } = await this.#loadExisting();
    if (kid === current) {
      throw new DomainError(
        'keys.ring_does_not_match',
        `Key ${kid} still seals; add another first.`,
      );
    }
    return this.#replace({ keys: keys.filter((key) => key.kid !== kid), current });
  }

  /** Answers a line for the operator if others than the owner may read the file. */
  async warning(): Promise<string | undefined> {
    const { mode } = await this.#guard('read', stat(this.place));
    if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined;
    return `The master key file ${this.place} can be read by others; run: chmod 600 ${this.place}`;
  }

  async #replace(keySet: KeySet): Promise<KeySet> {
    await this.#guard('written', replaceFile(this.place, renderKeyFile(keySet), fileMode));
    return keySet;
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
