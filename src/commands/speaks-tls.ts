import { connect } from 'node:tls';

/**
 * Whether what listens where a URL leads answers TLS; nothing is sent to it, so it need not be trusted.
 *
 * Units: milliseconds.
 */
export async function speaksTls({ hostname, port }: URL, mostMs = 2_000): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return await new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || '80'), rejectUnauthorized: false });
    const endWith = (isTls: boolean) => () => {
      socket.destroy();
      resolve(isTls);
    };
    socket.setTimeout(mostMs, endWith(false));
    socket.on('secureConnect', endWith(true)).on('error', endWith(false));
  });
}
