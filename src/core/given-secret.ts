/**
 * A secret that a device brought from elsewhere.
 *
 * Shape: 16 to 63 of `[A-Za-z0-9_\-@.:]`, so that it needs no quotes in a file and none in an AT
 * command; ours and those that Alibaba makes have 32.
 * Source: Alibaba Cloud IoT, BatchImportDevice, for the charset; C Link SDK 4.x holds at most 63.
 * Alibaba takes shorter ones on import; below 16 characters they can be guessed.
 */
const givenSecretPattern = /^[A-Za-z0-9_\-@.:]{16,63}$/;

/** Tells whether a text may be the secret of an imported device. */
export function isGivenSecret(text: string): boolean {
  return givenSecretPattern.test(text);
}
