import { Command } from 'commander';
import { listCommand } from './list-flags.js';

/** The command `import`: takes in triples that exist elsewhere, through the API. */
export function importCommand(): Command {
  const command = new Command('import').description(
    'take in triples with their secrets: productKey, deviceName, deviceSecret',
  );
  return listCommand(command, 'imports');
}
