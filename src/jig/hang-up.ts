import type { DialectCommand } from '../at/dialect.js';
import { closeScript } from '../at/scripts.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';

/** Leaves no connection open; what went wrong before is the reason to report, whatever comes of it. */
export async function hangUp(chat: Chat, close: readonly DialectCommand[]): Promise<void> {
  try {
    await chat.run(closeScript(chat.dialect, close));
  } catch (error) {
    if (!(error instanceof SlotStop)) {
      throw error;
    }
  }
}
