/**
 * A pattern as a tree.
 *
 * Shape: `chars` has bit n set for the character n of latin1, `text` is the character where it is one
 * and the same; `max` of a repeat may be Infinity.
 */
export type PatternNode =
  | { readonly kind: 'chars'; readonly chars: bigint; readonly text?: string }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'group'; readonly part: PatternNode; readonly name?: string }
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      readonly max: number;
    };

/** Says why a pattern is not taken. */
export class PatternRefusal extends Error {
  override readonly name = 'PatternRefusal';
}

const atom =
  /\\[dDwWsS]|\\x[0-9A-Fa-f]{2}|\\[^A-Za-z0-9]|\\[nrtfv]|\[(?:\\.|[^\]\\])*\]|[^\\[\](){}*+?|^$]/sy;
const repeat = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y;
const opening = /\((?:\?:|\?<([A-Za-z_]\w*)>|(?!\?))/y;

/**
 * Reads the part of RegExp that a dialect may use: characters, classes, groups, alternatives and
 * repeats. Anchors, look-around and back references are left out: a pattern is matched against a
 * whole line, and with them the time that a match takes cannot be told.
 *
 * Errors: `PatternRefusal`.
 */
export function parsePattern(pattern: string): PatternNode {
  const compiled = compile(pattern);
  const reader = new Reader(compiled);
  const node = reader.choice();
  reader.end();
  return node;
}

function compile(pattern: string): string {
  try {
    new RegExp(pattern, 's');
    return pattern;
  } catch (error) {
    const [, why = 'cannot be read'] = /: ([^:]*)$/.exec(String(error)) ?? [];
    throw new PatternRefusal(`is no pattern: ${why}`);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly pattern: string) {}

  choice(): PatternNode {
    const parts = [this.sequence()];
    while (this.pattern[this.at] === '|') {
      this.at += 1;
      parts.push(this.sequence());
    }
    const [first] = parts;
    return parts.length === 1 && first ? first : { kind: 'choice', parts };
  }

  end(): void {
    if (this.at < this.pattern.length) this.refuse();
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern.charAt(this.at))) {
      parts.push(this.repeated(this.one()));
    }
    return { kind: 'sequence', parts };
  }

  private one(): PatternNode {
    const opened = this.take(opening);
    if (opened) {
      const part = this.choice();
      if (this.pattern[this.at] !== ')') this.refuse();
      this.at += 1;
      const name = opened[1];
      return { kind: 'group', part, ...(name !== undefined && { name }) };
    }
    const text = this.take(atom)?.[0];
    return text === undefined ? this.refuse() : charsOf(text);
  }

  private repeated(part: PatternNode): PatternNode {
    const found = this.take(repeat);
    if (!found) return part;
    const [text, least, comma, most] = found;
    if (least === undefined) {
      return {
        kind: 'repeat',
        part,
        min: text[0] === '+' ? 1 : 0,
        max: text[0] === '?' ? 1 : Infinity,
      };
    }
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? Infinity : Number(most);
    return { kind: 'repeat', part, min, max };
  }

  private take(what: RegExp): RegExpExecArray | undefined {
    what.lastIndex = this.at;
    const found = what.exec(this.pattern) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }

  private refuse(): never {
    const here = this.pattern.slice(this.at, this.at + 4);
    throw new PatternRefusal(
      `has ${JSON.stringify(here)} at ${this.at}: only characters, classes, groups, | and repeats are taken`,
    );
  }
}

const classes = new Map<string, bigint>();

function charsOf(text: string): PatternNode {
  const literal = /^\\?([^A-Za-z0-9])$|^([A-Za-z0-9])$/s.exec(text);
  const char = literal?.[1] ?? literal?.[2];
  if (char !== undefined && text !== '.') {
    return { kind: 'chars', chars: bitOf(char), text: char };
  }
  const chars = classes.get(text) ?? membersOf(text);
  // Escapes and the dot are few; classes in brackets may be any number.
  if (!text.startsWith('[')) classes.set(text, chars);
  return { kind: 'chars', chars };
}

/** Lines are latin1, so a class is known by asking for each of 256 characters. */
function membersOf(text: string): bigint {
  const test = new RegExp(text, 's');
  let chars = 0n;
  for (let code = 0; code < 256; code += 1) {
    const char = String.fromCharCode(code);
    if (test.test(char)) chars |= 1n << BigInt(code);
  }
  return chars;
}

function bitOf(char: string): bigint {
  const code = char.charCodeAt(0);
  return code < 256 ? 1n << BigInt(code) : 0n;
}
