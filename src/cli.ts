#!/usr/bin/env node
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { agentCommand } from './commands/agent.command.js';
import { auditCommand } from './commands/audit.command.js';
import { backupCommand } from './commands/backup.command.js';
import { endQuietlyWhenClosed } from './commands/closed-output.js';
import { exportCommand } from './commands/export.command.js';
import { importCommand } from './commands/import.command.js';
import { keyCommand } from './commands/key.command.js';
import { keysCommand } from './commands/keys.command.js';
import { orderCommand } from './commands/order.command.js';
import { stationCommand } from './commands/station.command.js';
import { verifyCommand } from './commands/verify.command.js';
import { releaseCommand, restoreCommand } from './commands/restore.command.js';
import { traceCommand } from './commands/trace.command.js';
import { exitOnWrongUse } from './commands/wrong-use.js';
import { simulateCommand } from './simulator/simulate.command.js';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const program = new Command('triplemint')
  .description('A self-hosted mint for device identities.')
  .version((JSON.parse(manifest) as { readonly version: string }).version);

// The service and the demo are loaded when they are asked for: the simulator needs neither.
program
  .command('start')
  .description('run the service until Ctrl-C; settings come from the environment')
  .action(async () => {
    const { runService } = await import('./run-service.js');
    await runService();
  });
program
  .command('demo')
  .description('watch a whole production run on a temporary service and simulated modules')
  .option('--keep <folder>', 'keep the data of the run in this folder (it must not exist yet)')
  .action(async (flags: { readonly keep?: string }) => {
    const { demo } = await import('./demo/demo.js');
    process.exitCode = await demo(flags.keep);
  });
program.addCommand(orderCommand());
program.addCommand(importCommand());
program.addCommand(exportCommand());
program.addCommand(traceCommand());
program.addCommand(keyCommand());
program.addCommand(keysCommand());
program.addCommand(stationCommand());
program.addCommand(backupCommand());
program.addCommand(restoreCommand());
program.addCommand(releaseCommand());
program.addCommand(simulateCommand());
program.addCommand(agentCommand());
program.addCommand(auditCommand());
program.addCommand(verifyCommand());

exitOnWrongUse(program);
endQuietlyWhenClosed();
await program.parseAsync();
