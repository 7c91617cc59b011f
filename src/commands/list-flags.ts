import { Option } from 'commander';
import type { Command } from 'commander';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import type { ListWish } from './upload-list.js';
import { someText, wholeFrom } from './wrong-use.js';

/** A command that sends a list of devices. */
export function listCommand(command: Command, to: 'orders' | 'imports'): Command {
  return withTermFlags(withRemoteFlags(command))
    .argument('<productKey>', 'the product', someText)
    .argument('<file>', 'the file: CSV with a header, UTF-8', someText)
    .option('--errors <file>', 'where to write what is wrong with rows; default: by the order')
    .action(async (productKey: string, file: string, flags: RemoteFlags & ListWish) => {
      const [{ onService }, { uploadList }] = await Promise.all([
        import('./remote.js'),
        import('./upload-list.js'),
      ]);
      await onService(flags, (api) => uploadList(api, to, productKey, file, flags));
    });
}

/** Adds the terms on which an order is placed, and `--watch`. */
export function withTermFlags(command: Command): Command {
  const kinds = ['device-secret', 'product-secret'];
  return command
    .addOption(new Option('--provisioning <kind>', 'what the units carry').choices(kinds))
    .option('--quota <count>', 'how many may be given out; default: all', wholeFrom(1))
    .option('--expires-at <instant>', 'when it ends, 2027-01-31T00:00:00Z for one')
    .option('--station <st-…>', 'a station that may use it; may be given again', add)
    .option('--note <text>', 'a note')
    .option('--watch', 'wait until it is minted', false);
}

function add(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
