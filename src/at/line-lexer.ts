/**
 * What the lexer tells about the bytes of a module.
 *
 * Shape: `line` without CR and LF at its ends, bytes as latin1 characters; `prompt` only while
 * armed; `overlong` stands for a line that was longer than the limit and is thrown away.
 */
export type LexEvent =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'prompt' }
  | { readonly kind: 'overlong'; readonly sizeBytes: number };

/**
 * What bounds a lexer.
 *
 * Shape: `counted` are patterns (text of a RegExp, matched against the whole of a begun line) with a
 * group `length`; the bytes that follow belong to the line uninterpreted. They are tried after
 * `,` `:` `"` and LF only.
 * Units: bytes.
 */
export interface LexerOptions {
  readonly maxLineBytes: number;
  readonly counted: readonly string[];
}

/** The lexer between two bytes; a plain value. */
export interface LexerState {
  readonly pending: string;
  readonly line: string;
  readonly lineBytes: number;
  readonly countedLeft: number;
  readonly isPromptArmed: boolean;
  readonly isAfterPrompt: boolean;
}

/** A lexer that has seen nothing. */
export const emptyLexer: LexerState = {
  pending: '',
  line: '',
  lineBytes: 0,
  countedLeft: 0,
  isPromptArmed: false,
  isAfterPrompt: false,
};

/** Adds received bytes; take the events with `nextEvent` until there is none. */
export function feed(state: LexerState, bytes: Uint8Array): LexerState {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return { ...state, pending: state.pending + text };
}

/** Makes a `>` at the start of a line a prompt (data mode), or an ordinary line again. */
export function armPrompt(state: LexerState, isPromptArmed: boolean): LexerState {
  return { ...state, isPromptArmed };
}

/** Forgets a begun line, so that a payload that never came cannot swallow what follows. */
export function forgetLine(state: LexerState): LexerState {
  return { ...emptyLexer, pending: state.pending, isPromptArmed: state.isPromptArmed };
}

/**
 * Takes the next event out of the bytes fed so far; one at a time, so that the mode may change
 * between two events whatever the chunking.
 *
 * Shape: lines end with LF; CR at either end, empty lines and NUL are dropped.
 */
export function nextEvent(
  state: LexerState,
  options: LexerOptions,
): { readonly state: LexerState; readonly event?: LexEvent } {
  const cursor = { ...state };
  for (let at = 0; at < state.pending.length; at += 1) {
    const event = take(cursor, state.pending.charAt(at), options);
    if (event !== undefined) {
      return { state: { ...cursor, pending: state.pending.slice(at + 1) }, event };
    }
  }
  return { state: { ...cursor, pending: '' } };
}

type Cursor = { -readonly [key in keyof LexerState]: LexerState[key] };

function take(cursor: Cursor, char: string, options: LexerOptions): LexEvent | undefined {
  if (cursor.countedLeft > 0) {
    cursor.countedLeft -= 1;
    append(cursor, char, options);
    return undefined;
  }
  const isAfterPrompt = cursor.isAfterPrompt;
  cursor.isAfterPrompt = false;
  if (char === '\0' || (isAfterPrompt && char === ' ')) {
    cursor.isAfterPrompt = isAfterPrompt && char === '\0';
    return undefined;
  }
  if (cursor.lineBytes === 0) {
    if (char === '\r' || char === '\n') {
      return undefined;
    }
    if (char === '>' && cursor.isPromptArmed) {
      cursor.isPromptArmed = false;
      cursor.isAfterPrompt = true;
      return { kind: 'prompt' };
    }
  }
  if (char === '\n' && !startsPayload(cursor, char, options)) {
    return endLine(cursor, options);
  }
  append(cursor, char, options);
  if (',:"\n'.includes(char)) {
    cursor.countedLeft = payloadLength(cursor.line, options);
  }
  return undefined;
}

function append(cursor: Cursor, char: string, options: LexerOptions): void {
  cursor.lineBytes += 1;
  cursor.line = cursor.lineBytes > options.maxLineBytes ? '' : cursor.line + char;
}

function startsPayload(cursor: Cursor, char: string, options: LexerOptions): boolean {
  return payloadLength(cursor.line + char, options) > 0;
}

function payloadLength(line: string, options: LexerOptions): number {
  for (const pattern of options.counted) {
    const length = Number(new RegExp(`^(?:${pattern})$`).exec(line)?.groups?.['length']);
    // A length beyond the limit is noise: believing it would swallow the whole conversation.
    if (length > 0 && length <= options.maxLineBytes) {
      return length;
    }
  }
  return 0;
}

function endLine(cursor: Cursor, options: LexerOptions): LexEvent {
  const { line, lineBytes } = cursor;
  cursor.line = '';
  cursor.lineBytes = 0;
  return lineBytes > options.maxLineBytes
    ? { kind: 'overlong', sizeBytes: lineBytes }
    : { kind: 'line', text: line.replace(/\r+$/, '') };
}
