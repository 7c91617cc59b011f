import type { Command } from 'commander';

/** Where the service is and who asks, as flags of a command. */
export interface RemoteFlags {
  readonly server?: string;
  readonly keyFile?: string;
  readonly caFile?: string;
}

/** Gives a command the flags by which it finds the service. Shape: `key` tells of the key's file. */
export function withRemoteFlags(
  command: Command,
  key = 'file with the API key; default: admin.key in DATA_DIR',
): Command {
  return command
    .option('--server <url>', 'the service; default: the one of service.json in DATA_DIR')
    .option('--key-file <file>', key)
    .option('--ca-file <file>', 'authority of the service; default: what service.json names');
}
