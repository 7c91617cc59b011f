import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from './cleanup.js';

/** A process of its own that answers one message after the other. */
export interface Child {
  /** Errors: the process ended, or answered that it failed. */
  ask<T>(message: object): Promise<T>;
  end(): Promise<void>;
}

type Answer = { readonly value: unknown } | { readonly error: string };

/** Starts a file of the bench in a process of its own. */
export function startChild(file: URL, cleanup: Cleanup): Child {
  cleanup.assertOpen();
  // A process group of its own: Ctrl-C reaches us alone, and we end the children in order.
  const child = fork(fileURLToPath(file), { detached: true });
  const ended = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  cleanup.add(end);
  const lost = ended.then(() => {
    throw new Error(`${file.pathname} ended`);
  });
  lost.catch(() => undefined);
  return {
    ask: async <T>(message: object) => {
      const answered = once(child, 'message') as Promise<[Answer]>;
      child.send(message);
      const [answer] = await Promise.race([answered, lost]);
      if ('error' in answer) throw new Error(answer.error);
      return answer.value as T;
    },
    end,
  };
}

/** Answers the messages of the parent process; it goes when the parent is gone. */
export function serveParent(handle: (message: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    handle(message).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}
