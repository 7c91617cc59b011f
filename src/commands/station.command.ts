import { Command } from 'commander';
import type { RotationWish } from './api-keys-remote.js';
import { identifier, withKeyFlags, withRotationFlags } from './key-flags.js';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import type { StationWish } from './stations-remote.js';
import { someText } from './wrong-use.js';

/** The command `station`: stations and their keys, through the API. */
export function stationCommand(): Command {
  const command = new Command('station').description('enrol and list stations, rotate their keys');
  command.addCommand(
    withKeyFlags(new Command('create'))
      .description('enrol a station; its key is shown this once')
      .argument('<name>', 'the name of the station', someText)
      .option('--line <text>', 'the line it stands on')
      .action(async (name: string, flags: RemoteFlags & StationWish) => {
        const [{ onService }, { enrol }] = await Promise.all([remote(), stations()]);
        await onService(flags, (api) => enrol(api, name, flags));
      }),
  );
  command.addCommand(
    withRemoteFlags(new Command('list'))
      .description('list the stations')
      .action(async (flags: RemoteFlags) => {
        const [{ onService }, { list }] = await Promise.all([remote(), stations()]);
        await onService(flags, list);
      }),
  );
  command.addCommand(
    withRotationFlags(new Command('rotate-key'))
      .description('give a station another key; the one before stays valid for a while')
      .argument('<station>', 'the station, st-3 for one', identifier('st'))
      .action(async (station: string, flags: RemoteFlags & RotationWish) => {
        const [{ onService }, { rotate }] = await Promise.all([remote(), keys()]);
        await onService(flags, (api) => rotate(api, `/stations/${station}/key`, flags));
      }),
  );
  return command;
}

// Loaded when they are asked for.
const remote = () => import('./remote.js');
const keys = () => import('./api-keys-remote.js');
const stations = () => import('./stations-remote.js');
