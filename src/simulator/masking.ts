import { parseCommandLine } from './command-line.js';
import type { Argument } from './command-line.js';

/** Settings of AT+LMQTTCFG whose values may be shown. */
const openKeys = /^(?:cloud|session|keepalive|version|timeout|cache|sslenable|urc)$/;
/** How many leading arguments of a command may be shown; of every other command none. */
const openArguments: Readonly<Record<string, number>> = {
  '': 0,
  E: 1,
  '+CGSN': 1,
  '+CMEE': 1,
  '+IPR': 1,
  '+CFUN': 2,
  '+MPOF': 1,
  '+LGMR': 1,
  '+LMQTTOPEN': 3,
  '+LMQTTCONN': 3,
  '+LMQTTSUBUNSUB': 64,
  '+LMQTTPUB': 6,
  '+LMQTTDISC': 1,
  '+LMQTTCLOSE': 1,
};

/**
 * Makes a command line fit to be shown: what might be a secret becomes its length.
 *
 * Shape: decided by place, from a list of what may be shown; an unreadable line is its length.
 */
export function maskCommand(line: string): string {
  const command = parseCommandLine(line);
  if (!command) return `(${String(line.length)} characters that are no command)`;
  const { name, form, args } = command;
  if (form === 'read') return `AT${name}?`;
  if (form === 'test') return `AT${name}=?`;
  const shown = openCount(name, args);
  const parts = args.map((argument, at) => (at < shown ? written(argument) : masked(argument)));
  return form === 'run' ? `AT${name}${parts.join('')}` : `AT${name}=${parts.join(',')}`;
}

function openCount(name: string, args: readonly Argument[]): number {
  if (name === '+LMQTTPUB' && !isRegistrationTopic(args[4])) return args.length;
  if (name !== '+LMQTTCFG')
    return Object.hasOwn(openArguments, name) ? (openArguments[name] ?? 0) : 0;
  const key = args[0]?.kind === 'text' ? args[0].text : '';
  if (key === 'aliauth') return args.length === 5 ? 4 : 2;
  return openKeys.test(key) ? args.length : 0;
}

function isRegistrationTopic(argument: Argument | undefined): boolean {
  return argument?.kind !== 'text' || argument.text.startsWith('/ext/');
}

function written(argument: Argument): string {
  if (argument.kind === 'absent') return '';
  return argument.kind === 'text' ? `"${argument.text}"` : argument.text;
}

function masked(argument: Argument): string {
  if (argument.kind === 'absent') return '';
  return argument.kind === 'text'
    ? `"(${String(argument.bytes.length)} bytes)"`
    : `(${String(argument.text.length)} characters)`;
}

/** Makes a line of the unit fit to be shown: the secret of a read-back becomes its length. */
export function maskReply(line: string): string {
  const readBack = /^(\+LMQTTCFG: "aliauth",0,"[^"]*","[^"]*",)"([^"]*)"$/.exec(line);
  if (!readBack) return line;
  return `${readBack[1] ?? ''}"(${String(readBack[2]?.length ?? 0)} bytes)"`;
}

/** Makes a received message fit to be shown: what `/ext/...` carries are new secrets. */
export function maskMessage(topic: string, payload: Buffer): string {
  if (topic.startsWith('/ext/')) return `(${String(payload.length)} bytes)`;
  return JSON.stringify(payload.toString('utf8')).slice(1, -1);
}
