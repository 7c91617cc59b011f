import type { LineSettings } from '../../core/port-address.js';
import { encodeSubnegotiation } from './telnet-codec.js';
import { comPortOption } from './telnet-options.js';

/** Commands of a client; the server answers each with its number + 100. Source: RFC 2217, section 3. */
export const comPortCommands = { baudRate: 1, dataBits: 2, parity: 3, stopBits: 4 } as const;
export type ComPortSetting = keyof typeof comPortCommands;

const purgeCommand = 12;
const serverOffset = 100;
const parityValues = { none: 1, odd: 2, even: 3 } as const;

/** A setting that is asked for, or that the server says it made. Units: baud, bits. */
export interface ComPortValue {
  readonly setting: ComPortSetting;
  readonly value: number;
}

/** Lists what a line is set to. Shape: values as RFC 2217 counts them (parity 1 none, 2 odd, 3 even). */
export function comPortValues(line: LineSettings & { readonly baudRate: number }): ComPortValue[] {
  return [
    { setting: 'baudRate', value: line.baudRate },
    { setting: 'dataBits', value: line.dataBits },
    { setting: 'parity', value: parityValues[line.parity] },
    { setting: 'stopBits', value: line.stopBits },
  ];
}

/** Writes the request for a setting. Source: RFC 2217, section 3. */
export function encodeComPort({ setting, value }: ComPortValue): Uint8Array {
  const body = setting === 'baudRate' ? uint32(value) : [value];
  return encodeSubnegotiation(comPortOption, [comPortCommands[setting], ...body]);
}

/** Writes the request to drop what waits in both directions. Source: RFC 2217, PURGE-DATA 3. */
export function encodePurge(): Uint8Array {
  return encodeSubnegotiation(comPortOption, [purgeCommand, 3]);
}

/**
 * Reads what the server says of the port. Shape: undefined for all but a setting: its notifications of
 * line and modem state, its signature, and what is cut short.
 */
export function decodeComPort(payload: Uint8Array): ComPortValue | undefined {
  const [command = 0, ...body] = payload;
  const names = Object.keys(comPortCommands) as ComPortSetting[];
  const setting = names.find((name) => comPortCommands[name] + serverOffset === command);
  if (setting === undefined || body.length !== (setting === 'baudRate' ? 4 : 1)) {
    return undefined;
  }
  return { setting, value: body.reduce((value, byte) => value * 256 + byte, 0) };
}

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}
