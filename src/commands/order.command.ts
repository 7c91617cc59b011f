import { Command } from 'commander';
import { orderId } from './export.command.js';
import { listCommand, withTermFlags } from './list-flags.js';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import type { OrderWish } from './orders-remote.js';
import { someText, wholeFrom } from './wrong-use.js';

/** The command `order`: placing orders and looking at them, through the API. */
export function orderCommand(): Command {
  const order = new Command('order').description('place orders, look at them, watch them mint');
  order.addCommand(placeCommand());
  order.addCommand(uploadCommand());
  order.addCommand(
    withRemoteFlags(new Command('show'))
      .description('show an order and its counters as JSON')
      .argument('<order>', 'the order, ord-17 for one', orderId)
      .action(async (order: string, flags: RemoteFlags) => {
        const [{ onService }, { show }] = await Promise.all([remote(), orders()]);
        await onService(flags, (api) => show(api, order));
      }),
  );
  order.addCommand(
    withRemoteFlags(new Command('watch'))
      .description('show how far an order is minted until it is open or refused')
      .argument('<order>', 'the order, ord-17 for one', orderId)
      .action(async (order: string, flags: RemoteFlags) => {
        const [{ onService }, { watch }] = await Promise.all([remote(), orders()]);
        await onService(flags, (api) => watch(api, order));
      }),
  );
  order.addCommand(
    withRemoteFlags(new Command('list'))
      .description('list the orders')
      .action(async (flags: RemoteFlags) => {
        const [{ onService }, { list }] = await Promise.all([remote(), orders()]);
        await onService(flags, list);
      }),
  );
  return order;
}

function uploadCommand(): Command {
  const command = new Command('upload').description(
    'place an order for the names of a file, in a column deviceName',
  );
  return listCommand(command, 'orders');
}

function placeCommand(): Command {
  const command = new Command('place')
    .description('place an order of names in sequence; prints its id')
    .argument('<productKey>', 'the product', someText)
    .requiredOption('--quantity <count>', 'how many triples', wholeFrom(1))
    .requiredOption('--prefix <text>', 'what the names begin with', someText)
    .option('--start <number>', 'the first number', wholeFrom(0), 1)
    .option(
      '--width <digits>',
      'digits of a number; default: as many as the last one has',
      wholeFrom(1),
    );
  return withTermFlags(withRemoteFlags(command)).action(
    async (productKey: string, flags: RemoteFlags & OrderWish & { readonly watch: boolean }) => {
      const [{ onService }, { place, watch }] = await Promise.all([remote(), orders()]);
      await onService(flags, async (api) => {
        const order = await place(api, productKey, flags);
        return flags.watch ? await watch(api, order) : true;
      });
    },
  );
}

// Loaded when they are asked for.
const remote = () => import('./remote.js');
const orders = () => import('./orders-remote.js');
