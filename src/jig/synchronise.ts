import { syncScript } from '../at/scripts.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';

const rounds = 3;

/**
 * Finds the beginning of a conversation; `after_trouble` lets late answers pass first.
 *
 * Errors: `SlotStop` with `no_answer` (silence), `garbage` (bytes, but no OK: often a wrong baud rate),
 * `sync_refused`, `module_reset`.
 */
export async function synchronise(chat: Chat, when: 'at_first' | 'after_trouble'): Promise<void> {
  for (let round = 1; ; round += 1) {
    const before = chat.counters.receivedBytes;
    const isAfterTrouble = when === 'after_trouble' || round > 1;
    const { end } = await chat.run(syncScript(chat.dialect, isAfterTrouble));
    switch (end) {
      case 'done':
        return;
      case 'timeout':
        throw chat.counters.receivedBytes > before
          ? new SlotStop('garbage', 'bytes came, but no OK; check the baud rate')
          : new SlotStop('no_answer', 'not a byte came back');
      case 'module_reset':
      case 'refused':
        if (round === rounds) {
          throw new SlotStop(end === 'refused' ? 'sync_refused' : 'module_reset');
        }
    }
  }
}

/**
 * Does a piece of work again, from the beginning of the conversation, when the module restarted in it.
 *
 * Errors: `SlotStop` with `module_reset` when it restarts once more, and those of the work.
 */
export async function overResets<T>(chat: Chat, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SlotStop && error.reason === 'module_reset')) {
      throw error;
    }
  }
  await synchronise(chat, 'after_trouble');
  return work();
}
