import { Command, InvalidArgumentError, Option } from 'commander';
import { parsePublicId } from '../core/public-id.js';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';

interface ExportFlags extends RemoteFlags {
  readonly format: string;
  readonly cells: string;
  readonly recipient: readonly string[];
  readonly output?: string;
  readonly force?: boolean;
}

/** The command `export`: the triples of an order in a file, through the API. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('write the triples of an order into a file, complete or not at all')
    .argument('<order>', 'the order, ord-17 for one', orderId)
    .addOption(format('csv', 'jsonl', 'xlsx'))
    .addOption(cells('machine', 'spreadsheet'))
    .option('--recipient <age1…>', 'encrypt it to this age recipient; may be given again', add, [])
    .option('-o, --output <file>', 'the file to make; default: the order and the format')
    .option('--force', 'replace the file if it is there');
  return withRemoteFlags(command).action(async (order: string, flags: ExportFlags) => {
    const [{ onService }, { exportToFile }] = await Promise.all([
      import('./remote.js'),
      import('./export-file.js'),
    ]);
    const { format, cells, recipient: recipients, output, force = false } = flags;
    await onService(flags, async (api) => {
      await exportToFile(api, { order, format, cells, recipients, output, isForced: force });
      return true;
    });
  });
}

/** Reads an order as a command line names it. */
export function orderId(text: string): string {
  if (parsePublicId('ord', text) === undefined) {
    throw new InvalidArgumentError('Give an order like ord-17.');
  }
  return text;
}

function format(...choices: string[]): Option {
  return new Option('--format <format>', 'the form of the file').choices(choices).default('csv');
}

function cells(...choices: string[]): Option {
  return new Option('--cells <rule>', 'for CSV: spreadsheet guards cells that would be formulas')
    .choices(choices)
    .default('machine');
}

function add(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
