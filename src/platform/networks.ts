import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../core/address.js';

/** Tells whether a text is a network in CIDR form, e.g. `10.0.0.0/8`, `2001:db8::/32`. Source: RFC 4632, RFC 4291 2.3. */
export function isNetwork(text: string): boolean {
  const parts = partsOf(text);
  return parts !== undefined && parts.prefix <= (parts.family === 'ipv4' ? 32 : 128);
}

/**
 * Answers a test whether an address lies in one of some networks.
 *
 * Shape: networks in CIDR form; without any, every address is in.
 */
export function networkTest(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true;
  const list = new BlockList();
  for (const network of networks) {
    const parts = partsOf(network);
    if (parts) list.addSubnet(parts.address, parts.prefix, parts.family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = familyOf(plain);
    return family !== undefined && list.check(plain, family);
  };
}

function partsOf(text: string) {
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text);
  const [, address = '', prefix] = match ?? [];
  const family = familyOf(address);
  return family && { address, prefix: Number(prefix), family };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}
