import { DomainError } from '../core/errors.js';
import { parsePublicId } from '../core/public-id.js';
import { parseImei, parseMac, parseSn } from '../core/unit-identity.js';

/** By what a unit or its triple can be found, in the order in which a bare value is tried. */
export const lookupKinds = ['claimId', 'imei', 'sn', 'mac', 'iccid', 'deviceName'] as const;
export type LookupKind = (typeof lookupKinds)[number];

/** One way to look for a unit. Shape: `value` as it is stored; a claim by its number. */
export interface Lookup {
  readonly kind: LookupKind;
  readonly value: string;
  /** For a `deviceName` only: names are unique within a product. */
  readonly productKey?: string | undefined;
}

/** Units: characters; longer than whatever is stored of an ICCID or a name. */
const longest = 100;

/**
 * The ways to look for what a path names.
 *
 * Shape: `imei:…`, `sn:…`, `mac:…`, `iccid:…`, `deviceName:…` is one way; a bare value is every way in
 * which it can be read, the surest first.
 * Errors: those of the parsers of `core/unit-identity.ts` for a named way.
 */
export function lookupsOf(identity: string): Lookup[] {
  const [, kind, rest] = /^(imei|sn|mac|iccid|deviceName):(.*)$/s.exec(identity) ?? [];
  const named = lookupKinds.find((one) => one === kind);
  if (named && rest !== undefined) return [lookup(named, rest)];
  return lookupKinds.flatMap((one) => {
    try {
      return [lookup(one, identity)];
    } catch (error) {
      if (error instanceof DomainError) return [];
      throw error;
    }
  });
}

/** One way to look, from a value as a person writes it. Errors: as `lookupsOf`, `unit.not_found`. */
export function lookup(kind: LookupKind, text: string, productKey?: string): Lookup {
  return { kind, value: parse(kind, text), productKey };
}

function parse(kind: LookupKind, text: string): string {
  switch (kind) {
    case 'imei':
      // Also those of blank modules: who asks for one learns that no unit has it.
      return parseImei(text, []);
    case 'sn':
      return parseSn(text);
    case 'mac':
      return parseMac(text);
    case 'iccid':
    case 'deviceName':
      return storable(text.trim());
    case 'claimId':
      return String(parsePublicId('clm', text) ?? none());
  }
}

function storable(text: string): string {
  const isThere = text.length > 0 && text.length <= longest && !/[\p{Cc}\p{Cs}]/u.test(text);
  return isThere ? text : none();
}

function none(): never {
  throw new DomainError('unit.not_found', 'Nothing can be stored under such a value.');
}
