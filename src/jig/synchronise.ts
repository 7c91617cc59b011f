import { syncScript } from '../at/scripts.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';

const rounds = 3;
const triesOfALook = 3;

/**
 * Finds the beginning of a conversation; `after_trouble` lets late answers pass first.
 *
 * Shape: where the port names no rate, those of the dialect are tried until the module answers: first
 * with a short look at each, then as long as the dialect has it.
 * Errors: `SlotStop` with `no_answer` (silence), `garbage` (bytes, but no OK: often a wrong baud rate),
 * `sync_refused`, `module_reset`, and those of setting a rate.
 */
export async function synchronise(chat: Chat, when: 'at_first' | 'after_trouble'): Promise<void> {
  const rates = chat.baudRates;
  if (rates.length < 2) {
    await begin(chat, when);
    return;
  }
  let how = when;
  let stop = new SlotStop('no_answer');
  for (const mostTries of [triesOfALook, undefined]) {
    for (const baudRate of rates) {
      await chat.setBaudRate(baudRate);
      const mute = await beginOrMute(chat, how, mostTries);
      if (mute === undefined) {
        return;
      }
      stop = stop.reason === 'garbage' ? stop : mute;
      how = 'after_trouble';
    }
  }
  throw stop;
}

/** Gives the stop of a module that says nothing, or nothing that can be read, at the present rate. */
async function beginOrMute(
  chat: Chat,
  when: 'at_first' | 'after_trouble',
  mostTries: number | undefined,
): Promise<SlotStop | undefined> {
  try {
    await begin(chat, when, mostTries);
    return undefined;
  } catch (error) {
    if (error instanceof SlotStop && ['garbage', 'no_answer'].includes(error.reason)) {
      return error;
    }
    throw error;
  }
}

async function begin(
  chat: Chat,
  when: 'at_first' | 'after_trouble',
  mostTries?: number,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const before = chat.counters.receivedBytes;
    const isAfterTrouble = when === 'after_trouble' || round > 1;
    const { end } = await chat.run(syncScript(chat.dialect, isAfterTrouble, mostTries));
    switch (end) {
      case 'done':
        return;
      case 'timeout':
        throw chat.counters.receivedBytes > before
          ? new SlotStop('garbage', 'bytes came, but no OK; check baud rate and parity')
          : new SlotStop('no_answer', 'not a byte came back; check power, wiring and baud rate');
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
