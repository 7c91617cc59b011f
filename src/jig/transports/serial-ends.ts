import type { PortEnd } from './transport.js';

/**
 * Tells why a serial port did not open.
 *
 * Shape: `code` is what the file system says of the path, `message` what the bindings say, which have
 * no codes. Source: @serialport/bindings-cpp 13.0.0, serialport_unix.cpp and serialport_win.cpp.
 */
export function endOfOpen(path: string, message: string, code: string | undefined): PortEnd {
  if (code === 'ENOENT' || /File not found|No such (file|device)/.test(message)) {
    return {
      reason: 'port_device_missing',
      detail: `there is no ${path}: check cable and power; it may have come back by another name`,
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      reason: 'port_denied',
      detail: `${path} may not be opened: put the user of this program into the group of the port (dialout)`,
    };
  }
  if (/Cannot lock port|Access denied|busy/i.test(message)) {
    return {
      reason: 'port_busy',
      detail: `another program has ${path} open: close it (a terminal, ser2net, another agent)`,
    };
  }
  if (/baud|setting|termios|SetComm/i.test(message) && !message.includes('Inappropriate ioctl')) {
    return {
      reason: 'port_settings_refused',
      detail: `${path} does not take the settings of the line: ${message}`,
    };
  }
  return { reason: 'port_refused', detail: `${path} is no serial port that works: ${message}` };
}

/** Tells how an open serial port was lost. */
export function endOfRunning(message: string): PortEnd {
  return {
    reason: 'port_closed',
    detail: `the port was lost (${message}): check cable and power, then run again`,
  };
}
