import { expect, it } from 'vitest';
import { endOfOpen } from '../../../src/jig/transports/serial-ends.js';

it.each([
  ['ENOENT', 'Error: No such file or directory, cannot open /dev/x', 'port_device_missing'],
  [undefined, 'Opening /dev/x: File not found', 'port_device_missing'],
  [undefined, 'Error: No such device or address, cannot open /dev/x', 'port_device_missing'],
  ['EACCES', 'Error: Permission denied, cannot open /dev/x', 'port_denied'],
  ['EPERM', 'Error: Operation not permitted, cannot open /dev/x', 'port_denied'],
  [undefined, 'Error Resource temporarily unavailable Cannot lock port', 'port_busy'],
  [undefined, 'Error: Device or resource busy, cannot open /dev/x', 'port_busy'],
  [undefined, 'Opening /dev/x: Access denied', 'port_busy'],
  [undefined, 'Error baud rate of 77 is not supported on your platform', 'port_settings_refused'],
  [undefined, 'Open (SetCommState): Unknown error code 31', 'port_settings_refused'],
  [
    undefined,
    'Error: Inappropriate ioctl for device setting custom baud rate of 9600',
    'port_refused',
  ],
  [undefined, 'Error: Input/output error, cannot open /dev/x', 'port_refused'],
])('a port that does not open (%s, %s) ends with %s', (code, message, reason) => {
  const end = endOfOpen('/dev/x', message, code);
  expect(end.reason).toBe(reason);
  expect(end.detail).toContain('/dev/x');
});
