import { Command, InvalidArgumentError, Option } from 'commander';
import type { AgentFlags } from '../agent/start-agent.js';
import { jigModes } from '../jig/batch.js';
import { orderId } from './export.command.js';
import { withRemoteFlags } from './remote-flags.js';

/** The command `agent`: the jig of a bench PC that is not the server. */
export function agentCommand(): Command {
  const command = new Command('agent')
    .description('run the jig of this PC; triples come from the service, results go to it')
    .option('--slots <file>', 'the slots as JSON; default: those of the station')
    .option(
      '--dialects <path>',
      'own dialects: a file or a folder; default: asked from the service',
    )
    .option('--order <order>', 'the order, ord-17 for one; default: the only open one', orderId)
    .option('--state-dir <folder>', 'where results wait; default: agent in DATA_DIR')
    .option('--once', 'run once and end; default: a run whenever Enter is pressed', false)
    .addOption(
      new Option('--loop', 'run a slot whenever another unit is put on it; no Enter is needed')
        .default(false)
        .conflicts('once'),
    )
    .addOption(
      new Option('--mode <mode>', 'batch: nothing is written unless every slot has its unit')
        .choices(jigModes)
        .default('parallel')
        .conflicts('loop'),
    )
    .option('--retries <count>', 'how often a slot is tried again, 0 to 3', retries, 0)
    .option('--verbose', 'tell every phase of every slot', false);
  return withRemoteFlags(command, 'file with the key of a station').action(
    async (flags: AgentFlags) => {
      const { startAgent } = await import('../agent/start-agent.js');
      await startAgent(flags);
    },
  );
}

function retries(text: string): number {
  if (/^[0-3]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number from 0 to 3.');
}
