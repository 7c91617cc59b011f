#!/usr/bin/env node
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { endQuietlyWhenClosed } from './commands/closed-output.js';
import { exitOnWrongUse } from './commands/wrong-use.js';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const program = new Command('triplemint')
  .description('A self-hosted mint for device identities.')
  .version((JSON.parse(manifest) as { readonly version: string }).version);

/** The commands; one that is called is loaded alone, for the help of the program all are. */
const commands: Readonly<Record<string, () => Command | Promise<Command>>> = {
  start: startCommand,
  demo: demoCommand,
  order: async () => (await import('./commands/order.command.js')).orderCommand(),
  import: async () => (await import('./commands/import.command.js')).importCommand(),
  export: async () => (await import('./commands/export.command.js')).exportCommand(),
  trace: async () => (await import('./commands/trace.command.js')).traceCommand(),
  key: async () => (await import('./commands/key.command.js')).keyCommand(),
  keys: async () => (await import('./commands/keys.command.js')).keysCommand(),
  station: async () => (await import('./commands/station.command.js')).stationCommand(),
  dialect: async () => (await import('./commands/dialect.command.js')).dialectCommand(),
  backup: async () => (await import('./commands/backup.command.js')).backupCommand(),
  restore: async () => (await import('./commands/restore.command.js')).restoreCommand(),
  release: async () => (await import('./commands/restore.command.js')).releaseCommand(),
  simulate: async () => (await import('./simulator/simulate.command.js')).simulateCommand(),
  agent: async () => (await import('./commands/agent.command.js')).agentCommand(),
  audit: async () => (await import('./commands/audit.command.js')).auditCommand(),
  verify: async () => (await import('./commands/verify.command.js')).verifyCommand(),
};
const called = Object.entries(commands).filter(([name]) => name === process.argv[2]);
for (const [, load] of called.length > 0 ? called : Object.entries(commands)) {
  program.addCommand(await load());
}

exitOnWrongUse(program);
endQuietlyWhenClosed();
await program.parseAsync();

function startCommand(): Command {
  return new Command('start')
    .description('run the service until Ctrl-C; settings come from the environment')
    .action(async () => {
      const { runService } = await import('./run-service.js');
      await runService();
    });
}

function demoCommand(): Command {
  return new Command('demo')
    .description('watch a whole production run on a temporary service and simulated modules')
    .option('--keep <folder>', 'keep the data of the run in this folder (it must not exist yet)')
    .action(async (flags: { readonly keep?: string }) => {
      const { demo } = await import('./demo/demo.js');
      process.exitCode = await demo(flags.keep);
    });
}
