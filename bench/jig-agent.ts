import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from './cleanup.js';

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** A closing of the jig at the agent. Units: ms from the key press to the table. */
export interface AgentRun {
  readonly ms: number;
  readonly passes: number;
}

/** The bench agent in a process of its own. */
export interface Agent {
  readonly pid: number;
  run(): Promise<AgentRun>;
  end(): Promise<void>;
}

/** Starts a bench agent and waits until it asks for a key press. */
export async function startAgent(
  cleanup: Cleanup,
  flags: readonly string[],
  dataDir: string,
): Promise<Agent> {
  cleanup.assertOpen();
  const child = spawn(process.execPath, [program, 'agent', ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: { PATH: process.env['PATH'], DATA_DIR: dataDir },
  });
  const ended = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  cleanup.add(end);
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  const heard = async (start: string): Promise<readonly string[]> => {
    for (;;) {
      const at = lines.findIndex((line) => line.startsWith(start));
      if (at >= 0) return lines.splice(0, at + 1);
      if (child.exitCode !== null) throw new Error(`the agent ended: ${lines.join('\n')}`);
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), ended]);
    }
  };
  await heard('close the jig');
  return {
    pid: child.pid ?? 0,
    run: async () => {
      const startedAt = performance.now();
      child.stdin.write('\n');
      const table = await heard('queue: ');
      const ms = performance.now() - startedAt;
      await heard('close the jig');
      return { ms, passes: table.filter((line) => /^\d+ +PASS /.test(line)).length };
    },
    end,
  };
}
