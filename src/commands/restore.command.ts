import { Command } from 'commander';

/** How a restore is asked for. */
interface RestoreFlags {
  readonly identity?: string;
  readonly check?: boolean;
  readonly nothingGivenOutSince?: boolean;
}

/** How a release is asked for. */
interface ReleaseFlags {
  readonly all?: boolean;
  readonly given?: string;
}

/** The command `restore`: a backup into an empty data directory or database. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('load a backup into an empty DATA_DIR or database; docs/operations.md tells how')
    .argument('<file>', 'a file that `triplemint backup` made')
    .option('--identity <file>', 'the age identity that opens an encrypted backup')
    .option('--check', 'only read the backup to its end and check it')
    .option(
      '--nothing-given-out-since',
      'you know that no triple was given out after the backup: orders go on at once',
    )
    .action(async (file: string, flags: RestoreFlags) => {
      const { bringBack } = await import('../backup/bring-back.js');
      await bringBack({
        file,
        identityFile: flags.identity,
        isCheck: flags.check === true,
        isComplete: flags.nothingGivenOutSince === true,
      });
    });
}

/** The command `release`: orders that a restore holds give out triples again. */
export function releaseCommand(): Command {
  return new Command('release')
    .description('show the orders that a restore holds, or let them give out triples again')
    .argument('[orders...]', 'orders to release, ord-…')
    .option('--all', 'release every order that is held')
    .option('--given <file>', 'device names, one a line, that were given out after the backup')
    .action(async (orders: readonly string[], flags: ReleaseFlags, command: Command) => {
      if (flags.given !== undefined && orders.length !== 1) {
        command.error('error: --given goes with one order', { exitCode: 2 });
      }
      const { releaseOrders } = await import('../backup/release.js');
      await releaseOrders({ orders, isAll: flags.all === true, givenFile: flags.given });
    });
}
