import type { ClaimState, DeviceState } from '../core/lifecycle.js';

/**
 * What the history may tell of one device.
 *
 * Shape: `device.given_out` is the word of an admin who releases an order after a restore: it was
 * shown in a history that was lost.
 */
export const storyActions = [
  'claim.leased',
  'claim.reissued',
  'claim.confirmed',
  'claim.reconfirmed',
  'claim.doubted',
  'claim.failed',
  'claim.voided',
  'device.given_out',
  'device.registered',
  'device.activated',
  'device.reset',
  'device.voided',
] as const;
export type StoryAction = (typeof storyActions)[number];

/** One entry of the history about a device. */
export interface StoryEvent {
  readonly id: string;
  readonly action: StoryAction;
  /** The unit that a claim names; null where no claim is concerned. */
  readonly unit: string | null;
}

/** How a device stands, by its row and the row of its claim. */
export interface DeviceStanding {
  readonly state: DeviceState;
  readonly claimState: ClaimState | null;
  readonly unit: string | null;
  readonly isActivated: boolean;
}

type Place = 'free' | 'issued' | ClaimState;

/** From which places a deed is possible; it is written down only where it was. */
const from: Readonly<Record<StoryAction, readonly Place[]>> = {
  'claim.leased': ['free'],
  'claim.reissued': ['leased', 'failed', 'confirmed'],
  'claim.confirmed': ['leased'],
  'claim.reconfirmed': ['confirmed'],
  'claim.doubted': ['confirmed'],
  'claim.failed': ['leased'],
  'claim.voided': ['leased', 'failed'],
  'device.given_out': ['free'],
  'device.registered': ['free', 'issued', 'leased', 'failed', 'confirmed'],
  'device.activated': ['free', 'issued', 'leased', 'failed', 'confirmed'],
  'device.reset': ['free', 'issued', 'leased', 'failed', 'confirmed'],
  'device.voided': ['free', 'issued', 'leased', 'failed', 'confirmed'],
};

/**
 * The life of one device, told again from its history by the edges of DESIGN section 2.
 *
 * It shares no code with what moves devices, and reads what that code wrote down: so an error in
 * one of them shows as a difference.
 */
export class DeviceStory {
  /** Sentences on what must never be. */
  readonly flaws: string[] = [];
  #place: Place = 'free';
  #unit: string | null = null;
  #isActivated = false;
  #isShown = false;

  /** Whether a station, a registration or a login was ever given its secret. */
  get isShown(): boolean {
    return this.#isShown;
  }

  tell({ id, action, unit }: StoryEvent): void {
    if (!from[action].includes(this.#place)) {
      this.flaws.push(`entry ${id}: ${action} while it was ${this.#place}`);
    }
    if (unit !== null && this.#unit !== null && unit !== this.#unit) {
      this.flaws.push(`entry ${id}: shown for ${unit}, and for ${this.#unit} before`);
    }
    this.#unit ??= unit;
    if (action === 'device.registered' && this.#isActivated) {
      this.flaws.push(`entry ${id}: registered after its activation, without a reset`);
    }
    if (action === 'device.activated' && this.#isActivated) {
      this.flaws.push(`entry ${id}: activated twice without a reset`);
    }
    if (!['device.voided', 'device.reset'].includes(action)) this.#isShown = true;
    if (action === 'device.activated') this.#isActivated = true;
    if (action === 'device.reset') this.#isActivated = false;
    this.#place = placeAfter(action, this.#place);
  }

  /** Holds the end of the story against the rows. Shape: sentences; none when they agree. */
  compare(row: DeviceStanding): string[] {
    const differences: string[] = [];
    const differ = <T extends string | boolean | null>(what: string, told: T, stored: T): void => {
      if (told !== stored)
        differences.push(`${what} is ${String(stored)}, the history says ${String(told)}`);
    };
    const isHeld = this.#place === 'leased' || this.#place === 'failed';
    differ<string>('the device', isHeld ? 'leased' : this.#place, row.state);
    if (row.claimState !== null && this.#place !== 'void') {
      differ<string>('the claim', this.#place, row.claimState);
    }
    if (row.unit !== null) differ('the unit', this.#unit, row.unit);
    differ('activated', this.#isActivated, row.isActivated);
    return differences;
  }
}

function placeAfter(action: StoryAction, place: Place): Place {
  switch (action) {
    case 'claim.leased':
      return 'leased';
    case 'claim.reissued':
      return place === 'confirmed' ? 'confirmed' : 'leased';
    case 'claim.confirmed':
    case 'claim.reconfirmed':
    case 'claim.doubted':
      return 'confirmed';
    case 'claim.failed':
      return 'failed';
    case 'claim.voided':
    case 'device.voided':
      return 'void';
    case 'device.given_out':
    case 'device.registered':
    case 'device.activated':
      return place === 'free' ? 'issued' : place;
    case 'device.reset':
      return place === 'confirmed' ? 'leased' : place;
  }
}
