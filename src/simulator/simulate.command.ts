import { Command, InvalidArgumentError } from 'commander';
import { DomainError } from '../core/errors.js';
import { familyTitles, parseSlotFamilies } from './families.js';
import type { SlotFamilies } from './families.js';
import { faultDescriptions, isFaultName } from './faults.js';
import type { SlotFault } from './faults.js';
import { maxSlots } from './identity.js';
import type { Activity, Simulator } from './options.js';
import { startSimulator } from './simulator.js';

interface Flags {
  readonly slots: number;
  readonly host: string;
  readonly basePort: number;
  readonly volatile: boolean;
  readonly dialect: SlotFamilies;
  readonly echo?: 'on' | 'off';
  readonly bootMs: number;
  readonly baud?: number;
  readonly chunked: boolean;
  readonly seed: number;
  readonly fault: readonly SlotFault[];
  readonly fail: number;
  readonly resetDuringWrite: number;
  readonly urcNoise: number;
}

const highestPort = 65_535;

/**
 * Makes the command `triplemint simulate`: modules on TCP ports until Ctrl-C.
 *
 * Shape: exit code 0 on SIGINT and SIGTERM, 1 when it cannot start (one line on stderr).
 */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run simulated modules that answer AT over TCP')
    .option('--slots <count>', 'how many modules', numberIn(1, maxSlots), 8)
    .option(
      '--dialect <family>',
      'the modules: one family for all, or slots:family,...; repeatable',
      addFamilies,
      [],
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
    .option('--chunked', 'send answers in pieces of 1-8 bytes', false)
    .option(
      '--seed <number>',
      'same seed, same modules, same failures',
      numberIn(0, 999_999_999),
      1,
    )
    .option('--fault <slot:name>', 'make one module misbehave; repeatable', addFault, [])
    .option('--fail <percent>', 'chance that a module has one of the faults', percent, 0)
    .option(
      '--reset-during-write <percent>',
      'chance that a write restarts the module, with the value stored or not',
      percent,
      0,
    )
    .option('--urc-noise <percent>', 'chance of an unrelated line in an answer', percent, 0)
    .addHelpText('after', helpText)
    .action(async (flags: Flags) => {
      process.exitCode = await simulate(flags);
    });
}

async function simulate(flags: Flags): Promise<number> {
  const lastPort = flags.basePort + flags.slots - 1;
  if (flags.basePort !== 0 && lastPort > highestPort) {
    const range = `${String(flags.slots)} slots from port ${String(flags.basePort)} on`;
    process.stderr.write(`${range} need port ${String(lastPort)}; the highest is 65535.\n`);
    return 1;
  }
  const stopped = stopSignal();
  let simulator: Simulator;
  try {
    const { fail, resetDuringWrite, urcNoise } = flags;
    simulator = await startSimulator({
      ...flags,
      families: flags.dialect,
      chances: { fail, resetDuringWrite, urcNoise },
      ...(flags.echo === undefined ? {} : { hasEcho: flags.echo === 'on' }),
      isVolatile: flags.volatile,
      isChunked: flags.chunked,
      ...(flags.baud === undefined ? {} : { baudRate: flags.baud }),
      faults: flags.fault,
      onActivity: (activity) => process.stdout.write(activityLine(activity)),
    });
  } catch (error) {
    stopped.cancel();
    if (!(error instanceof DomainError)) throw error;
    process.stderr.write(`${error.detail} ${error.entry.action.en}\n`);
    return 1;
  }
  process.stdout.write(table(simulator));
  await stopped.promise;
  await simulator.close();
  return 0;
}

function stopSignal(): { readonly promise: Promise<void>; cancel(): void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (stop = resolve));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // Nobody reads what it would tell any more.
  process.stdout.once('error', stop);
  const cancel = (): void => {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    process.stdout.removeListener('error', stop);
  };
  return { promise, cancel };
}

function table({ ports }: Simulator): string {
  const rows = ports.map(({ slot, host, port, imei, family, faults }) =>
    row(String(slot), `tcp://${bracketed(host)}:${String(port)}`, imei, family, faults.join(', ')),
  );
  const [first] = ports;
  const where = first ? `${first.host} ${String(first.port)}` : '';
  return [
    row(
      'slot',
      'port',
      'IMEI',
      'family',
      ports.some(({ faults }) => faults.length > 0) ? 'fault' : '',
    ),
    ...rows,
    `Talk to one: nc ${where}, then type AT and Enter. Stop with Ctrl-C.\n`,
  ].join('');
}

function row(slot: string, port: string, imei: string, family: string, fault: string): string {
  return `${`${slot.padEnd(6)}${port.padEnd(30)}${imei.padEnd(17)}${family.padEnd(18)}${fault}`.trimEnd()}\n`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function activityLine({ slot, direction, text }: Activity): string {
  return `slot ${String(slot)} ${direction === 'in' ? '>' : '<'} ${text}\n`;
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

function addFamilies(text: string, before: SlotFamilies): SlotFamilies {
  const families = parseSlotFamilies(text);
  if (families) return [...before, ...families];
  const hint = 'Give a family, or 1-4:family,5:family; the names are in --help.';
  throw new InvalidArgumentError(hint);
}

function addFault(text: string, before: readonly SlotFault[]): SlotFault[] {
  const [slot = '', name = ''] = text.split(':', 2);
  if (!/^[1-9]\d*$/.test(slot) || !isFaultName(name)) {
    throw new InvalidArgumentError('Give slot:name, 3:silent for one; the names are in --help.');
  }
  return [...before, { slot: Number(slot), fault: name }];
}

function helpText(): string {
  const families = familyTitles.map(([name, title]) => `  ${name.padEnd(20)}${title}`);
  const faults = Object.entries(faultDescriptions).map(
    ([name, text]) => `  ${name.padEnd(20)}${text}`,
  );
  return `
Families:
${families.join('\n')}

Faults:
${faults.join('\n')}

What goes wrong by chance depends on the seed, the slot, how many modules were in it before and the
commands that came: the same seed and the same run fail in the same way again.

Examples:
  triplemint simulate --slots 2
  triplemint simulate --slots 8 --dialect lierda-nt35e,5-8:quectel-bc26
  triplemint simulate --slots 16 --baud 9600 --chunked --fail 2% --reset-during-write 1% --urc-noise 5% --seed 7
  triplemint simulate --fault 3:silent --fault 5:reset-during-write --volatile

A line ends with CR, LF or both. Messages with quotes in them go in the "> " form of AT+LMQTTPUB.
`;
}
