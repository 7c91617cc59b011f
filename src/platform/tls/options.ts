import type { TlsOptions } from 'node:tls';
import type { TlsMaterial } from './material.js';

/** Which TLS clients are served: field firmware too, or current clients only. */
export type TlsProfile = 'compatible' | 'modern';

const modernCiphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** All that the C SDKs 3.x and 4.x offer: static RSA with CBC. Observed on the wire. */
const fieldCiphers = ['AES256-SHA256', 'AES128-SHA256', 'AES256-SHA', 'AES128-SHA'];

/**
 * The options of a TLS port. They are explicit because the defaults of Node versions differ.
 *
 * Shape: no ALPN, because the first byte tells the protocols apart and old clients send none.
 * Units: `handshakeTimeout` in ms.
 */
export function tlsOptions(profile: TlsProfile): TlsOptions {
  const ciphers = profile === 'modern' ? modernCiphers : [...modernCiphers, ...fieldCiphers];
  return {
    minVersion: 'TLSv1.2',
    ciphers: ciphers.join(':'),
    honorCipherOrder: true,
    handshakeTimeout: 10_000,
  };
}

/** The options of a TLS port with its certificate and key. */
export function tlsServerOptions(material: TlsMaterial, profile: TlsProfile): TlsOptions {
  return { ...tlsOptions(profile), cert: material.cert, key: material.key.expose() };
}

/**
 * What a TLS port needs to ask for client certificates; nothing when no authority is set.
 *
 * Shape: none is required, because devices on the same port have none. Who needs one looks at the
 * certificate itself: Node calls a session of TLS 1.3 that is resumed without any `authorized`.
 */
export function clientCertificateOptions({ clientCa }: TlsMaterial): TlsOptions {
  if (clientCa === undefined) return {};
  return { ca: clientCa, requestCert: true, rejectUnauthorized: false };
}
