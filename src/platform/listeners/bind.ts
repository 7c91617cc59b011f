import type { AddressInfo, Server } from 'node:net';
import { DomainError } from '../../core/errors.js';

/** Where one server shall listen; `variable` is the setting that chose the port. */
export interface BindTarget {
  readonly variable: string;
  readonly port: number;
  readonly bind: string;
}

/** A storm of modules after a power cut; the kernel caps it at its own limit. */
const backlog = 4096;

/**
 * Lets a server listen and answers the port it got.
 *
 * Errors: `port.in_use`, `port.refused`, one line that names the variable and the port.
 */
export async function bind(server: Server, target: BindTarget): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(refusal(target, error));
    };
    server.once('error', fail);
    server.listen({ host: target.bind, port: target.port, backlog }, () => {
      server.off('error', fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function refusal({ variable, port, bind: address }: BindTarget, cause: Error): DomainError {
  const code = 'code' in cause ? String(cause.code) : cause.name;
  const data = { variable, port };
  if (code === 'EADDRINUSE') {
    const detail = `${variable} ${port} is in use on ${address}; stop the other process or set ${variable}.`;
    return new DomainError('port.in_use', detail, data, { cause });
  }
  const isAboutPort = code === 'EACCES';
  const detail = isAboutPort
    ? `${variable} ${port} may not be opened by this user on ${address}; set ${variable}.`
    : `BIND ${address} is no address of this machine to listen on (${variable} ${port}: ${code}).`;
  return new DomainError('port.refused', detail, data, { cause });
}
