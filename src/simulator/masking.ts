import { parseCommandLine } from './command-line.js';
import type { Argument, CommandLine } from './command-line.js';
import type { Family, OpenArguments } from './context.js';

type Maskable = Pick<Family, 'open' | 'hasEscapes'>;

/**
 * Makes a command line fit to be shown: what might be a secret becomes its length.
 *
 * Shape: decided by place, from the family's list of what may be shown; an unreadable line is its length.
 */
export function maskCommand(line: string, { open, hasEscapes }: Maskable): string {
  const command = parseCommandLine(line, hasEscapes);
  if (!command) return `(${String(line.length)} characters that are no command)`;
  const { name, form, args } = command;
  if (form === 'read') return `AT${name}?`;
  if (form === 'test') return `AT${name}=?`;
  const shown = openCount(open, command);
  const parts = args.map((argument, at) => (at < shown ? written(argument) : masked(argument)));
  return form === 'run' ? `AT${name}${parts.join('')}` : `AT${name}=${parts.join(',')}`;
}

function openCount(open: OpenArguments, { name, args }: CommandLine): number {
  const count = Object.hasOwn(open, name) ? open[name] : 0;
  return typeof count === 'function' ? count(args) : (count ?? 0);
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

/** Makes a received message fit to be shown: what `/ext/...` carries are new secrets. */
export function maskMessage(topic: string, payload: Buffer): string {
  if (topic.startsWith('/ext/')) return `(${String(payload.length)} bytes)`;
  return JSON.stringify(payload.toString('utf8')).slice(1, -1);
}
