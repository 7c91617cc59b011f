import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DomainError } from '../core/errors.js';
import { families, parseSlotFamilies } from './families.js';
import type { SlotFamilies } from './families.js';
import { isFaultName } from './faults.js';
import type { SlotFault } from './faults.js';
import { maxSlots } from './identity.js';
import type { Simulator } from './options.js';
import { activityLine, faultList, helpText, slotsJson, slotTable } from './simulate-text.js';
import { startSimulator } from './simulator.js';

interface Flags {
  readonly slots: number;
  readonly host: string;
  readonly basePort: number;
  readonly volatile: boolean;
  readonly dialect?: SlotFamilies;
  readonly echo?: 'on' | 'off';
  readonly bootMs: number;
  readonly baud?: number;
  readonly chunked: boolean;
  readonly rfc2217: boolean;
  readonly seed: number;
  readonly fault?: readonly SlotFault[];
  readonly fail: number;
  readonly resetDuringWrite: number;
  readonly urcNoise: number;
  readonly faultList: boolean;
  readonly slotsFile?: string;
}

const highestPort = 65_535;
/** As those of the other commands. */
const exitCodes = { trouble: 1, wrongUse: 2 } as const;

/** What the command prints to, and what ends it. */
export interface SimulateShell {
  out(text: string): void;
  err(text: string): void;
  /** Calls back when it is to stop; gives the end of the listening. */
  onStop(stop: () => void): () => void;
  exit(code: number): void;
}

const processShell: SimulateShell = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  onStop: (stop) => {
    process.once('SIGINT', stop).once('SIGTERM', stop);
    // Nobody reads what it would tell any more.
    process.stdout.once('error', stop);
    return () => {
      process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
      process.stdout.removeListener('error', stop);
    };
  },
  exit: (code) => {
    process.exitCode = code;
  },
};

/**
 * Makes the command `triplemint simulate`: modules on TCP ports until Ctrl-C.
 *
 * Shape: exit code 0 on SIGINT and SIGTERM, 2 for flags that do not fit together, 1 when it cannot
 * start for another reason (one line on stderr).
 */
export function simulateCommand(shell: SimulateShell = processShell): Command {
  return new Command('simulate')
    .description('run simulated modules that answer AT over TCP')
    .option('--slots <count>', 'how many modules', numberIn(1, maxSlots), 8)
    .option(
      '--dialect <family>',
      'the modules: one family (or its dialect) for all, or slots:family,...; repeatable ' +
        `(default: ${families[0].name})`,
      addFamilies,
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--base-port <port>',
      'port of slot 1, the others follow; 0 takes free ports',
      numberIn(0, highestPort),
      7001,
    )
    .option('--volatile', 'a restart loses the secret, whatever the family does', false)
    .option('--echo <on|off>', 'echo after a start (default: as the family has it)', onOff)
    .option('--boot-ms <ms>', 'time from a restart to its banner', numberIn(0, 600_000), 150)
    .option('--baud <rate>', 'pace both directions like a serial line', numberIn(300, 3_000_000))
    .option('--rfc2217', 'ports whose line the host sets; a wrong rate is noise then', false)
    .option('--chunked', 'send answers in pieces of 1-8 bytes', false)
    .option(
      '--seed <number>',
      'same seed, same modules, same failures',
      numberIn(0, 999_999_999),
      1,
    )
    .option('--fault <slot:name>', 'make one module misbehave; repeatable', addFault)
    .option('--fail <percent>', 'chance that a module has one of the faults', percent, 0)
    .option(
      '--reset-during-write <percent>',
      'chance that a write restarts the module, with the value stored or not',
      percent,
      0,
    )
    .addOption(
      new Option('--urc-noise [percent]', 'chance of an unrelated line in an answer')
        .preset('5%')
        .argParser(percent)
        .default(0),
    )
    .option(
      '--slots-file <path>',
      'write the slots as the agent and PUT /stations/:id/slots take them',
    )
    .option('--fault-list', 'tell what each fault does, and end', false)
    .addHelpText('after', helpText)
    .action(async (flags: Flags) => {
      shell.exit(await simulate(flags, shell));
    });
}

async function simulate(flags: Flags, shell: SimulateShell): Promise<number> {
  if (flags.faultList) {
    shell.out(faultList());
    return 0;
  }
  const lastPort = flags.basePort + flags.slots - 1;
  if (flags.basePort !== 0 && lastPort > highestPort) {
    const range = `${String(flags.slots)} slots from port ${String(flags.basePort)} on`;
    shell.err(`${range} need port ${String(lastPort)}; the highest is 65535.\n`);
    return exitCodes.wrongUse;
  }
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const stopListening = shell.onStop(stop);
  let simulator: Simulator | undefined;
  try {
    simulator = await start(flags, shell);
    if (flags.slotsFile !== undefined) await writeSlots(flags.slotsFile, simulator);
    shell.out(slotTable(simulator.ports));
    await stopped;
    return 0;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    shell.err(`${error.detail} ${error.entry.action.en}\n`);
    return error.code === 'request.invalid' ? exitCodes.wrongUse : exitCodes.trouble;
  } finally {
    stopListening();
    await simulator?.close();
  }
}

function start(flags: Flags, shell: SimulateShell): Promise<Simulator> {
  const { fail, resetDuringWrite, urcNoise } = flags;
  return startSimulator({
    ...flags,
    families: flags.dialect ?? [],
    chances: { fail, resetDuringWrite, urcNoise },
    ...(flags.echo === undefined ? {} : { hasEcho: flags.echo === 'on' }),
    isVolatile: flags.volatile,
    isChunked: flags.chunked,
    isRfc2217: flags.rfc2217,
    ...(flags.baud === undefined ? {} : { baudRate: flags.baud }),
    faults: flags.fault ?? [],
    onActivity: (activity) => {
      shell.out(activityLine(activity));
    },
  });
}

async function writeSlots(path: string, { ports }: Simulator): Promise<void> {
  try {
    await writeFile(path, slotsJson(ports));
  } catch (cause) {
    throw new DomainError('file.unwritable', `${path} cannot be written.`, {}, { cause });
  }
}

function numberIn(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`Give a whole number, ${String(lowest)}-${String(highest)}.`);
    }
    return value;
  };
}

function onOff(text: string): 'on' | 'off' {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('Say on or off.');
  return text;
}

function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (!/^\d{1,3}(?:\.\d{1,4})?%?$/.test(text) || value > 100) {
    throw new InvalidArgumentError('Give 0%-100%, 2.5% for one.');
  }
  return value / 100;
}

function addFamilies(text: string, before: SlotFamilies = []): SlotFamilies {
  const read = parseSlotFamilies(text);
  if (read) return [...before, ...read];
  const hint = 'Give a family, or 1-4:family,5:family; the names are in --help.';
  throw new InvalidArgumentError(hint);
}

function addFault(text: string, before: readonly SlotFault[] = []): SlotFault[] {
  const [slot = '', name = ''] = text.split(':', 2);
  if (!/^[1-9]\d*$/.test(slot) || !isFaultName(name)) {
    throw new InvalidArgumentError('Give slot:name, 3:silent for one; the names are in --help.');
  }
  return [...before, { slot: Number(slot), fault: name }];
}
