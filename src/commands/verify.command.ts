import { Command } from 'commander';

/** `triplemint verify`: holds the database against the rules that may never break. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'check that nothing was lost or doubled: every device, claim and counter against the history',
    )
    .option('--json', 'print the findings as JSON', false)
    .option('--all', 'list every triple that was claimed after an export, not the first 10', false)
    .addHelpText(
      'after',
      '\nReads as of one instant and changes nothing; the service may go on meanwhile.\n' +
        'Exit code 0 when all rules hold, 1 when one is broken.',
    )
    .action(async (flags: { readonly json: boolean; readonly all: boolean }) => {
      const { onSite } = await import('./local.js');
      const { verifyDatabase } = await import('./verify-database.js');
      await onSite(({ database }) => verifyDatabase(database, flags));
    });
}
