import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '..', '..', 'docs');

/**
 * Reads the tagged fenced blocks of a page of docs/.
 *
 * Shape: from the words after the fence (`at register`) to the text; lines that begin with `#` are
 * comments in the language of the page and are left out.
 */
export async function readBlocks(page: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(docs, page), 'utf8');
  const fenced = text.matchAll(/^```(\w+ [\w-]+)\n(.*?)^```$/gms);
  return new Map([...fenced].map(([, tag = '', body = '']) => [tag, withoutComments(body)]));
}

function withoutComments(body: string): string {
  const lines = body.trimEnd().split('\n');
  return lines.filter((line) => !line.startsWith('#')).join('\n');
}

/** One command of an `at` block and what the module says to it. */
export interface Exchange {
  readonly sizeBytes: number;
  readonly command: string;
  readonly answers: readonly string[];
}

/** Reads an `at` block. Shape: `24 > AT…` is typed and has 24 bytes with its CR, `< OK` comes back. */
export function exchangesOf(block: string): Exchange[] {
  const exchanges: { sizeBytes: number; command: string; answers: string[] }[] = [];
  for (const line of block.split('\n')) {
    const [, size, sign, text = ''] = /^ *(\d*) ([<>]) (.*)$/.exec(line) ?? [];
    if (sign === '>') exchanges.push({ sizeBytes: Number(size), command: text, answers: [] });
    else if (sign === '<') exchanges.at(-1)?.answers.push(text);
    else throw new Error(`not a line of a conversation: ${line}`);
  }
  return exchanges;
}

/** Writes bytes as `xxd -g 1` does. */
export function dump(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${at.toString(16).padStart(8, '0')}: ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
