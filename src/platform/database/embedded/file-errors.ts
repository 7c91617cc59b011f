/**
 * A catch handler that swallows the named system errors and throws every other one again.
 *
 * Shape: codes as in `ENOENT`; answers `undefined`.
 */
export function unlessCode(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    const code = errorCode(error);
    if (code !== undefined && codes.includes(code)) return undefined;
    throw error;
  };
}

/** The `code` of a system or database error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
