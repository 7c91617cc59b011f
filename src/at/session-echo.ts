import { changeRun } from './session-flow.js';
import type { Draft } from './session-flow.js';

/**
 * Gives a line without the bytes of noise before it, with which a module begins at power-on; its end
 * is left alone, for it may be a value.
 */
export function withoutNoise(line: string): string {
  return line.replace(/^[^\x20-\x7e]+/, '');
}

/**
 * Gives what is left of a line when an echo is taken off its front.
 *
 * Shape: `isEcho` for the echo of a command; data may be echoed too, which tells nothing.
 */
export function withoutEcho(
  draft: Draft,
  line: string,
): { readonly isEcho: boolean; readonly rest: string } {
  const { step, sent } = draft.state.run ?? {};
  const data = step?.data?.expose();
  const ofCommand = [sent, step?.send].map((command) => command?.line.expose());
  for (const echo of [...ofCommand, data, data?.replace('\x1a', '')]) {
    if (echo !== undefined && (line === echo || line.startsWith(`${echo}\r`))) {
      const isEcho = ofCommand.includes(echo);
      changeRun(draft, { hasSeenEcho: isEcho || draft.state.run?.hasSeenEcho === true });
      return { isEcho, rest: line.slice(echo.length).replace(/^\r+/, '') };
    }
  }
  return { isEcho: false, rest: line };
}

/** Tells whether a module that had its echo off echoes again: a restart without a word, a brown-out. */
export function hasEchoReturned({ state }: Draft): boolean {
  return state.isEchoOff && state.run?.step.banner === 'fault';
}
