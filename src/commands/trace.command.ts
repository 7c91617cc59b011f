import { Command, InvalidArgumentError } from 'commander';
import { withRemoteFlags } from './remote-flags.js';
import type { RemoteFlags } from './remote-flags.js';
import { someText } from './wrong-use.js';

/** The command `trace`: who wrote a unit, where, when, for which order, through the API. */
export function traceCommand(): Command {
  const command = new Command('trace')
    .description('trace a unit: who wrote it, where, when, for which order, every attempt')
    .argument(
      '<identity>',
      'IMEI, SN, MAC, ICCID, deviceName or claim; also imei:…, sn:…, …',
      someText,
    )
    .option('--limit <count>', 'how many triples to show, the newest', limit, 20)
    .option('--json', 'print what the service answers', false);
  return withRemoteFlags(command).action(
    async (
      identity: string,
      flags: RemoteFlags & { readonly limit: number; readonly json: boolean },
    ) => {
      const [{ onService }, { showTrace }] = await Promise.all([
        import('./remote.js'),
        import('./trace-remote.js'),
      ]);
      await onService(flags, (api) => showTrace(api, identity, flags));
    },
  );
}

function limit(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000) return Number(text);
  throw new InvalidArgumentError('Give a number from 1 to 1000.');
}
