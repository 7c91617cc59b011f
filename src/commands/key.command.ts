import { Command, Option } from 'commander';
import { readers } from '../core/role.js';
import type { KeyWish, RotationWish } from './api-keys-remote.js';
import { identifier, withKeyFlags, withRotationFlags } from './key-flags.js';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import { someText, wholeFrom } from './wrong-use.js';

const keyId = identifier('key');

/** The command `key`: the keys that open the API, through the API. */
export function keyCommand(): Command {
  const command = new Command('key').description('make, list, rotate and revoke keys of the API');
  command.addCommand(
    withKeyFlags(new Command('create'))
      .description('make a key; it is shown this once')
      .argument('<name>', 'whose it is', someText)
      .addOption(
        new Option('--role <role>', 'what it is for').choices(readers).makeOptionMandatory(),
      )
      .option('--expires-at <instant>', 'when it expires, 2027-01-31T00:00:00Z for one')
      .option('--max-per-second <count>', 'its own limit of requests; 0 is none', wholeFrom(0))
      .action(async (name: string, flags: RemoteFlags & Omit<KeyWish, 'name'>) => {
        const [{ onService }, { create }] = await Promise.all([remote(), keys()]);
        await onService(flags, (api) => create(api, { ...flags, name }));
      }),
  );
  command.addCommand(
    withRemoteFlags(new Command('list'))
      .description('list the keys, by their first characters, with their last use')
      .action(async (flags: RemoteFlags) => {
        const [{ onService }, { list }] = await Promise.all([remote(), keys()]);
        await onService(flags, list);
      }),
  );
  command.addCommand(
    withRotationFlags(new Command('rotate'))
      .description('replace a key; the one before stays valid for a while')
      .argument('<key>', 'the key, key-3 for one', keyId)
      .action(async (key: string, flags: RemoteFlags & RotationWish) => {
        const [{ onService }, { rotate }] = await Promise.all([remote(), keys()]);
        await onService(flags, (api) => rotate(api, `/keys/${key}`, flags));
      }),
  );
  command.addCommand(
    withRemoteFlags(new Command('revoke'))
      .description('revoke a key, at once')
      .argument('<key>', 'the key, key-3 for one', keyId)
      .action(async (key: string, flags: RemoteFlags) => {
        const [{ onService }, { revoke }] = await Promise.all([remote(), keys()]);
        await onService(flags, (api) => revoke(api, key));
      }),
  );
  return command;
}

// Loaded when they are asked for.
const remote = () => import('./remote.js');
const keys = () => import('./api-keys-remote.js');
