import { onTestFinished } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import { terminalAt } from './bench.js';

/** What is typed, and what the unit says to it with CR LF written as `|`. */
export type Talk = readonly (readonly [typed: string, said: string])[];

/**
 * Types the lines at a unit of a family and gives the same list with what it really said.
 *
 * Shape: `>data` goes out without CR after a prompt; each answer is read until it ends as
 * the expected one ends, so that a wrong one is a time-out that shows what came.
 */
export async function talkTo(name: string, talk: Talk): Promise<[string, string][]> {
  const families = [{ range: undefined, name }];
  const simulator = await startSimulator({ slots: 1, bootMs: 5, families });
  onTestFinished(() => simulator.close());
  const terminal = await terminalAt(simulator, 1);
  const heard: [string, string][] = [];
  for (const [typed, said] of talk) {
    terminal.type(typed.startsWith('>') ? typed.slice(1) : `${typed}\r`);
    const whole = said.replaceAll('|', '\r\n').replaceAll('{imei}', simulator.ports[0]?.imei ?? '');
    const end = whole.slice(whole.trimEnd().lastIndexOf('\n') + 1);
    let heardNow = '';
    while (heardNow.length < whole.length) heardNow += await terminal.until(end);
    heard.push([typed, heardNow === whole ? said : heardNow.replaceAll('\r\n', '|')]);
  }
  return heard;
}
