import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { KeptHead } from '../audit/verify-history.js';

/** The exit code for a command that is used wrongly. */
const wrongUse = 2;

/** `triplemint audit`: verifies that the history was not changed, and shows its head. */
export function auditCommand(): Command {
  const command = new Command('audit').description('the history: show its head, verify its seals');
  command
    .command('head')
    .description('print the newest seal as JSON; keep it elsewhere to compare with later')
    .action(head);
  command
    .command('verify')
    .description('compute every seal again; exit code 1 and the first row that was altered')
    .option('--head <file or hash:seq>', 'a head kept from earlier that must be part of the chain')
    .action(verify);
  return command;
}

async function head(): Promise<void> {
  const { onSite } = await import('./local.js');
  const { AuditReaderStore } = await import('../audit/audit-reader.store.js');
  const { AuditService } = await import('../audit/audit.service.js');
  const { SealStore } = await import('../audit/seal.store.js');
  await onSite(async ({ database }) => {
    const service = new AuditService(database, new AuditReaderStore(), new SealStore());
    process.stdout.write(`${JSON.stringify(await service.head(), null, 2)}\n`);
    return true;
  });
}

async function verify(flags: { readonly head?: string }): Promise<void> {
  const keptHead = flags.head === undefined ? undefined : await readHead(flags.head);
  if (flags.head !== undefined && !keptHead) {
    process.stderr.write('triplemint: --head takes hash:seq, or a file with a head in it\n');
    process.exitCode = wrongUse;
    return;
  }
  const { onSite } = await import('./local.js');
  const { verifySite } = await import('./audit-verify.js');
  await onSite(async ({ database }) => await verifySite(database, keptHead));
}

async function readHead(from: string): Promise<KeptHead | undefined> {
  const { parseKeptHead } = await import('../audit/kept-head.js');
  return parseKeptHead(from) ?? parseKeptHead(await readFile(from, 'utf8').catch(() => ''));
}
