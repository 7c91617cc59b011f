import { DomainError } from '../../core/errors.js';

/** Units: characters. */
const maxLength = 255;

/**
 * Reads the key by which a request is known again; undefined when it has none.
 *
 * Shape: the header `Idempotency-Key`, a string with its quotes or the bare text, or else the field
 * `requestId` of the body; 1 to 255 characters. Where both are sent they must be the same.
 * Errors: `idempotency.key_malformed`.
 * Source: draft-ietf-httpapi-idempotency-key-header-06, 2.1; RFC 8941, 3.3.3 (strings).
 */
export function idempotencyKey(
  header: string | readonly string[] | undefined,
  body: unknown,
): string | undefined {
  const sent = header === undefined ? undefined : parseHeader(header);
  const requestId = requestIdOf(body);
  if (sent !== undefined && requestId !== undefined && sent !== requestId) {
    throw malformed('Idempotency-Key and requestId differ.');
  }
  return sent ?? requestId;
}

/** Takes the field `requestId` away: it names a request and is no part of what is asked. */
export function withoutRequestId(body: unknown): unknown {
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'requestId'));
}

function parseHeader(header: string | readonly string[]): string {
  const text = typeof header === 'string' ? header.trim() : '';
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
  const key = quoted ?? /^[!#-~][!-~]*$/.exec(text)?.[0] ?? '';
  if (key.length < 1 || key.length > maxLength) {
    throw malformed(`It is a text of 1 to ${maxLength} printable ASCII characters.`);
  }
  return key;
}

/** What is no key here is left to the schema of the route, which names the field. */
function requestIdOf(body: unknown): string | undefined {
  const id = isObject(body) ? body['requestId'] : undefined;
  if (typeof id !== 'string' || id.length < 1 || id.length > maxLength) return undefined;
  return /^[^\p{Cc}\p{Cs}]*$/u.test(id) ? id : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string): DomainError {
  return new DomainError('idempotency.key_malformed', detail);
}
