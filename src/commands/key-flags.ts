import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { withRemoteFlags } from './remote-flags.js';
import { wholeFrom } from './wrong-use.js';

/** Gives a command that makes a key the flags that say where it goes. */
export function withKeyFlags(command: Command): Command {
  return withRemoteFlags(command)
    .option('--out <file>', 'write the key to this file, mode 0600; default: standard output')
    .option('--force', 'with --out: replace the file');
}

/** Gives a command that replaces a key the flags for it. */
export function withRotationFlags(command: Command): Command {
  return withKeyFlags(command)
    .option(
      '--overlap <seconds>',
      'how long the key before stays valid; default: a day',
      wholeFrom(0),
    )
    .option('--expires-at <instant>', 'when the new key expires, 2027-01-31T00:00:00Z for one');
}

/** Reads an identifier such as `key-3` of the command line. */
export function identifier(kind: 'key' | 'st'): (text: string) => string {
  return (text) => {
    if (new RegExp(`^${kind}-[1-9]\\d*$`).test(text)) return text;
    throw new InvalidArgumentError(`Give an identifier like ${kind}-3.`);
  };
}
