import { Command } from 'commander';

/** What `rotate-master` may be told besides. */
interface RotateFlags {
  readonly retireOld?: boolean;
  readonly forget?: boolean;
}

/** The command `keys`: the care of the master key ring, beside running copies of the service. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('look after the master keys that seal secrets');
  keys
    .command('list')
    .description('show the master keys: when each was made and how many values it seals')
    .action(async () => {
      const { listKeys } = await import('./keys-list.js');
      await listKeys();
    });
  keys
    .command('rotate-master')
    .description('seal everything with a new master key while the service runs')
    .option(
      '--retire-old',
      'make no new key: retire the old ones, which seal nothing now; they stay for old backups',
    )
    .option('--forget', 'with --retire-old: remove the old keys; old backups need an old key file')
    .action(async (flags: RotateFlags, command: Command) => {
      if (flags.forget === true && flags.retireOld !== true) {
        command.error('error: --forget goes with --retire-old', { exitCode: 2 });
      }
      const { rotateMaster } = await import('./keys-rotate.js');
      await rotateMaster({
        isRetiring: flags.retireOld === true,
        isForgetting: flags.forget === true,
      });
    });
  return keys;
}
