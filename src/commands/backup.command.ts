import { Command } from 'commander';

/** How a backup is asked for. */
interface BackupFlags {
  readonly recipient: readonly string[];
  readonly withKeys?: boolean;
}

/** The command `backup`: the whole database in one file, while the service runs. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('write the whole database as it is at one moment into a file')
    .argument('<file>', 'the file to make; it must not exist yet')
    .option('--recipient <age1…>', 'encrypt it to this age recipient; may be given again', add, [])
    .option('--with-keys', 'with --recipient: put the master keys in as well')
    .action(async (file: string, flags: BackupFlags, command: Command) => {
      const { recipient: recipients, withKeys = false } = flags;
      if (withKeys && recipients.length === 0) {
        command.error('error: --with-keys goes with --recipient only', { exitCode: 2 });
      }
      const { backUp } = await import('../backup/back-up.js');
      await backUp({ file, recipients, withKeys });
    });
}

function add(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
