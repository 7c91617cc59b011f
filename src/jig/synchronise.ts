import { syncScript } from '../at/scripts.js';
import type { PollTries } from '../at/scripts.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';
import type { SlotReason } from './slot-result.js';

const rounds = 3;

/** A look at one of several rates; its fourth try repairs a module that hears but does not say OK. */
const look: PollTries = { tries: 4, tryMs: 300 };
const silences: readonly SlotReason[] = ['no_answer', 'garbage', 'port_settings_refused'];

/** Tells whether the module was not heard, at one rate or at all of them. */
export function isSilence({ reason }: SlotStop): boolean {
  return silences.includes(reason);
}

/**
 * Finds the beginning of a conversation; `after_trouble` lets late answers pass first.
 *
 * Shape: where the port names no rate, those of the dialect are tried until the module answers.
 * Errors: `SlotStop` with `no_answer` (silence), `garbage` (bytes, but no OK: often a wrong baud rate),
 * `sync_refused`, `module_reset`, and those of setting a rate.
 */
export async function synchronise(chat: Chat, when: 'at_first' | 'after_trouble'): Promise<void> {
  const { tries, tryMs } = chat.dialect.sync;
  if (chat.baudRates.length < 2) {
    await begin(chat, when);
  } else {
    await searchRates(chat, when, tries * tryMs);
  }
}

/**
 * Looks for the module at each rate in turn, the present one first, until it answers or the time is
 * over: a module may still be booting, at whichever rate.
 *
 * Shape: a rate that the port does not take is passed over.
 * Units: milliseconds of looking; a module that runs is found at the nth rate within n - 1 looks of
 * 1200 ms, and quietMs of the dialect before each but the first.
 * Errors: as `synchronise`; the most telling one of all rates.
 */
export async function searchRates(
  chat: Chat,
  when: 'at_first' | 'after_trouble',
  patienceMs: number,
): Promise<void> {
  const rates = chat.baudRates;
  const turns = Math.max(1, Math.ceil(patienceMs / (rates.length * look.tries * look.tryMs)));
  let how = when;
  let stop = new SlotStop('no_answer');
  for (const baudRate of Array.from({ length: turns }, () => rates).flat()) {
    const mute = await lookAt(chat, baudRate, how);
    if (mute === undefined) {
      chat.noteBaudRate();
      return;
    }
    stop = silences.indexOf(mute.reason) >= silences.indexOf(stop.reason) ? mute : stop;
    how = 'after_trouble';
  }
  throw stop;
}

/** Gives the stop of a module that says nothing, or nothing that can be read, at a rate. */
async function lookAt(
  chat: Chat,
  baudRate: number,
  when: 'at_first' | 'after_trouble',
): Promise<SlotStop | undefined> {
  try {
    await chat.setBaudRate(baudRate);
    await begin(chat, when, look);
    return undefined;
  } catch (error) {
    if (error instanceof SlotStop && isSilence(error)) {
      return error;
    }
    throw error;
  }
}

async function begin(
  chat: Chat,
  when: 'at_first' | 'after_trouble',
  polling?: PollTries,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    const before = chat.counters.receivedBytes;
    const isAfterTrouble = when === 'after_trouble' || round > 1;
    const { end } = await chat.run(syncScript(chat.dialect, isAfterTrouble, polling));
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
