import type { IdentityQueries } from '../at/dialect.js';
import { identityScript } from '../at/scripts.js';
import type { UnitReport } from '../core/unit-identity.js';
import type { Chat } from './chat.js';
import { SlotStop } from './slot-result.js';
import { overResets, synchronise } from './synchronise.js';

/**
 * Asks a unit who it is and what runs on it.
 *
 * Shape: what the unit does not tell is absent. Errors: `SlotStop` with `identity_missing` where it
 * gives neither IMEI nor SN nor MAC, and those of the chat.
 */
export function identify(chat: Chat): Promise<UnitReport> {
  return overResets(chat, async () => {
    const imei = await ask(chat, 'imei', 2);
    const sn = await ask(chat, 'sn', imei === undefined ? 2 : 1);
    const mac = imei === undefined && sn === undefined ? await ask(chat, 'mac', 2) : undefined;
    if (imei === undefined && sn === undefined && mac === undefined) {
      throw new SlotStop('identity_missing', 'the module tells neither IMEI nor SN nor MAC');
    }
    const iccid = await ask(chat, 'iccid', 1);
    const firmware = await ask(chat, 'firmware', 1);
    return {
      ...(imei === undefined ? {} : { imei }),
      ...(sn === undefined ? {} : { sn }),
      ...(mac === undefined ? {} : { mac }),
      ...(iccid === undefined ? {} : { iccid }),
      ...(firmware === undefined ? {} : { firmware }),
    };
  });
}

/**
 * Makes sure that the same unit is still on the slot.
 *
 * Errors: `SlotStop` with `unit_changed`, `identity_missing`, and those of the chat.
 */
export function checkSameUnit(chat: Chat, unit: UnitReport): Promise<void> {
  return overResets(chat, async () => {
    const told = (['imei', 'sn', 'mac'] as const).find((name) => unit[name] !== undefined);
    const what = told ?? 'imei';
    const value = await ask(chat, what, 2);
    if (value === undefined) {
      throw new SlotStop('identity_missing', `the module no longer tells its ${what}`);
    }
    if (value !== unit[what]) {
      throw new SlotStop('unit_changed', `the ${what} is another one than before`);
    }
  });
}

/** Asks in every way the dialect knows; again, from a quiet line, where the answer was lost. */
async function ask(
  chat: Chat,
  what: keyof IdentityQueries,
  looks: number,
): Promise<string | undefined> {
  for (let look = 1; look <= looks; look += 1) {
    let isRefused = true;
    for (const alternative of (chat.dialect.identity[what] ?? []).keys()) {
      const { end, steps } = await chat.run(identityScript(chat.dialect, what, alternative));
      if (end === 'module_reset') {
        throw new SlotStop('module_reset', `restarted when asked for its ${what}`);
      }
      const [step] = steps;
      const value = step?.captured[0]?.fields['value'];
      if (step?.end === 'done' && value !== undefined) {
        return value;
      }
      isRefused &&= step?.end === 'refused';
    }
    if (isRefused) {
      return undefined;
    }
    if (look < looks) {
      await synchronise(chat, 'after_trouble');
    }
  }
  return undefined;
}
