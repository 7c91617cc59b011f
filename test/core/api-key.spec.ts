import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  apiKeyDigest,
  apiKeyPrefix,
  apiKeyRandomBytes,
  makeApiKey,
} from '../../src/core/api-key.js';

const key = makeApiKey(Uint8Array.from({ length: apiKeyRandomBytes }, (_, index) => index));

describe('an API key', () => {
  it('is tm_ and its 256 random bits, safe in a header and a URL', () => {
    expect(key.expose()).toBe('tm_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8');
    for (let count = 0; count < 200; count += 1) {
      expect(makeApiKey(randomBytes(apiKeyRandomBytes)).expose()).toMatch(/^tm_[A-Za-z0-9_-]{43}$/);
    }
  });

  it('is stored as its SHA-256', () => {
    // Computed with Python's hashlib.
    expect(apiKeyDigest(key).toString('hex')).toBe(
      '001f779c4577ddbc97de7abfb997d7ad80e725c3abc7dee67f9e54721b471a3d',
    );
  });

  it('shows seven characters, of which three are the same for all', () => {
    expect(apiKeyPrefix(key)).toBe('tm_AAEC');
  });
});
