import { Command, Option } from 'commander';
import type { TrialFlags } from './dialect-try.js';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import { someText } from './wrong-use.js';

/** The command `dialect`: how families of modules are spoken to. */
export function dialectCommand(): Command {
  const command = new Command('dialect')
    .description('list, check, try and add dialects: how a family of modules is spoken to')
    .addHelpText(
      'after',
      `
A dialect of your own, from a built-in one to the line (docs/dialects.md):
  triplemint dialect show lierda-lmqtt > my.json      (then give it an id of its own)
  triplemint dialect check my.json
  triplemint dialect try --port serial:///dev/ttyUSB0 --file my.json
  triplemint dialect try --port serial:///dev/ttyUSB0 --file my.json --write
  triplemint dialect add my.json`,
    );
  return addOnes(addFileOnes(addTry(command)));
}

function addOnes(command: Command): Command {
  command.addCommand(
    withRemoteFlags(new Command('list'))
      .description('list every dialect of the service with what it can')
      .action(async (flags: RemoteFlags) => {
        const [{ onService }, { list }] = await Promise.all([remote(), dialects()]);
        await onService(flags, list);
      }),
  );
  command.addCommand(
    withRemoteFlags(new Command('show'))
      .description('print a dialect as JSON; a built-in one needs no service')
      .argument('<id>', 'the dialect, lierda-lmqtt for one', someText)
      .addHelpText('after', '\nExample:\n  triplemint dialect show quectel-qmt > my.json')
      .action(async (id: string, flags: RemoteFlags) => {
        const [{ onService }, { show, showBuiltIn }] = await Promise.all([remote(), dialects()]);
        if (!showBuiltIn(id)) await onService(flags, (api) => show(api, id));
      }),
  );
  command.addCommand(
    withRemoteFlags(new Command('remove'))
      .description('remove a dialect that no slot names')
      .argument('<id>', 'the dialect', someText)
      .action(async (id: string, flags: RemoteFlags) => {
        const [{ onService }, { remove }] = await Promise.all([remote(), dialects()]);
        await onService(flags, (api) => remove(api, id));
      }),
  );
  return command;
}

function addFileOnes(command: Command): Command {
  command.addCommand(
    withRemoteFlags(new Command('add'))
      .description('add a dialect to the service, or replace the one of the same id')
      .argument('<file>', 'the dialect as JSON', someText)
      .action(async (file: string, flags: RemoteFlags) => {
        const [{ onService }, { add }] = await Promise.all([remote(), dialects()]);
        await onService(flags, (api) => add(api, file));
      }),
  );
  command.addCommand(
    new Command('check')
      .description('tell everything that is wrong with a dialect file; needs no service')
      .argument('<file>', 'the dialect as JSON', someText)
      .addHelpText('after', '\nExit code 0 where all is well, 1 where not.')
      .action(async (file: string) => {
        const { check } = await dialects();
        await check(file);
      }),
  );
  return command;
}

function addTry(command: Command): Command {
  const file = new Option('--file <file>', 'a dialect file, checked first');
  command.addCommand(
    new Command('try')
      .description('try a dialect on a real module; needs no service')
      .requiredOption('--port <port>', 'tcp://host:port, serial:///dev/ttyUSB0?baud=9600', someText)
      .addOption(new Option('--dialect <id>', 'a built-in dialect').conflicts('file'))
      .addOption(file.conflicts('dialect'))
      .option('--write', 'write a made-up triple: OVERWRITES what the module holds', false)
      .option('--yes', 'with --write: do not ask', false)
      .addHelpText(
        'after',
        `
Without --write nothing is changed: the module is asked who it is and whether the dialect knows it.
With --write a made-up triple is written, read back, and read again after a restart. What the module
held before is gone, and the made-up triple stays: write a real one before the unit ships.

Exit code 0 only where what was observed fits what the dialect says, 1 where not, 2 for wrong use.

Examples:
  triplemint dialect try --port tcp://127.0.0.1:7001
  triplemint dialect try --port tcp://127.0.0.1:7001 --file my.json --write --yes`,
      )
      .action(async (flags: TrialFlags) => {
        const { tryDialect } = await import('./dialect-try.js');
        await tryDialect(flags);
      }),
  );
  return command;
}

// Loaded when they are asked for.
const remote = () => import('./remote.js');
const dialects = () => import('./dialects-remote.js');
