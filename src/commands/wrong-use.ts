import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { exitCodes } from './telling.js';

/** Has wrong use of a command and of all below it end with 2; help and version end with 0. */
export function exitOnWrongUse(command: Command): void {
  command.showHelpAfterError(`(${pathOf(command)} --help shows how)`);
  command.exitOverride(({ exitCode }) => {
    process.exit(exitCode === 0 ? 0 : exitCodes.wrongUse);
  });
  for (const one of command.commands) exitOnWrongUse(one);
}

/** Reads a text of the command line that may not be empty. */
export function someText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

/** Reads a whole number of the command line. Shape: at most 10 digits, from `lowest` on. */
export function wholeFrom(lowest: 0 | 1): (text: string) => number {
  return (text) => {
    if (/^\d{1,10}$/.test(text) && Number(text) >= lowest) return Number(text);
    throw new InvalidArgumentError(`Give a whole number from ${lowest}.`);
  };
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
