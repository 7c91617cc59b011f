import { onTestFinished } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../src/simulator/options.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import { Terminal } from './terminal.js';

/** A simulator with a terminal at slot 1; both go when the test is over. */
export async function atTheBench(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; terminal: Terminal }> {
  const simulator = await startSimulator({ slots: 1, hasEcho: false, bootMs: 10, ...options });
  onTestFinished(() => simulator.close());
  return { simulator, terminal: await terminalAt(simulator, 1) };
}

/** A terminal at a slot; it goes when the test is over. */
export async function terminalAt(simulator: Simulator, slot: number): Promise<Terminal> {
  const terminal = await Terminal.connect(simulator.ports[slot - 1]?.port ?? 0);
  onTestFinished(() => terminal.close());
  return terminal;
}
