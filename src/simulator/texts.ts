import type { Argument } from './command-line.js';

/** Reads so many filled quoted texts and nothing more; undefined when they are anything else. */
export function filledTexts(args: readonly Argument[], count: number): string[] | undefined {
  const texts = args.map((argument) => (argument.kind === 'text' ? argument.text : ''));
  return texts.length === count && !texts.includes('') ? texts : undefined;
}

/** Reads values that may be quoted, bare or left out. */
export function looseTexts(args: readonly Argument[]): string[] {
  return args.map((argument) => (argument.kind === 'absent' ? '' : argument.text));
}
