/** Writes an address as IPv4 where it is one: `::ffff:10.0.0.1` is `10.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Tells whether an address is of this machine. Source: RFC 1122, 3.2.1.3; RFC 4291, 2.5.3. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain);
}
