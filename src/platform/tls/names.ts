import type { X509Certificate } from 'node:crypto';
import { SocketAddress, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { DomainError } from '../../core/errors.js';

/** One name a certificate is valid for. */
export interface TlsName {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/**
 * Parses the names a server certificate shall carry.
 *
 * Shape: host names (a `*.` first label is allowed) and IP addresses; equal ones are merged.
 * Errors: `tls.name_malformed`.
 */
export function parseTlsNames(texts: readonly string[]): TlsName[] {
  const byText = new Map<string, TlsName>();
  for (const text of texts) {
    const name = parseTlsName(text.trim());
    byText.set(`${name.type}:${name.value}`, name);
  }
  if (byText.size === 0) throw new DomainError('tls.name_malformed', 'TLS_NAMES holds no name.');
  return [...byText.values()];
}

function parseTlsName(text: string): TlsName {
  const family = isIP(text);
  if (family !== 0) return { type: 'ip', value: canonicalAddress(text) };
  const host = domainToASCII(text).toLowerCase(); // a machine may be named in Chinese
  if (/^(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(host)) {
    return { type: 'dns', value: host };
  }
  const detail = `TLS_NAMES holds ${JSON.stringify(text)}, which is no host name or IP address.`;
  throw new DomainError('tls.name_malformed', detail);
}

/** Tells whether a certificate carries exactly these names. */
export function hasExactlyNames(certificate: X509Certificate, names: readonly TlsName[]): boolean {
  const wanted = names.map(({ type, value }) => `${type}:${value}`);
  const entries = (certificate.subjectAltName ?? '').split(', ').map(canonicalEntry);
  return entries.length === wanted.length && wanted.every((name) => entries.includes(name));
}

function canonicalEntry(entry: string): string {
  const [kind = '', value = ''] = splitOnce(entry);
  if (kind !== 'IP Address') return `dns:${value.toLowerCase()}`;
  return `ip:${isIP(value) === 0 ? value : canonicalAddress(value)}`;
}

function splitOnce(entry: string): string[] {
  const colonAt = entry.indexOf(':');
  return [entry.slice(0, colonAt), entry.slice(colonAt + 1)];
}

/** `0:0:0:0:0:0:0:1` and `::1` are one address. */
function canonicalAddress(address: string): string {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return new SocketAddress({ address, family }).address;
}
