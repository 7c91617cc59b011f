import type { Dialect } from '../../src/at/dialect.js';
import type { AtPeer, PeerBehaviour } from './at-peer.js';

/** What goes wrong in a module although it says OK. */
export type WriteFault = 'stores_nothing' | 'spoils_a_character';

/**
 * A module family as a test plays it, written from its manual and not from its dialect.
 *
 * Shape: `identity` are fixed answers; `take` answers every other command, or gives undefined, which
 * becomes ERROR; `writes` is what has to reach it, byte for byte, data behind a prompt included;
 * `keeps` is what a restart leaves: what was stored, nothing, or what was saved.
 */
export interface ModuleScript {
  readonly dialect: Dialect;
  readonly identity: Readonly<Record<string, readonly string[]>>;
  readonly take: (command: string, module: ScriptedModule) => readonly string[] | undefined;
  readonly writes: readonly string[];
  readonly keeps: 'stored' | 'nothing' | 'saved';
  readonly banner: string;
  readonly hasEcho?: boolean;
}

/** The memory of a scripted module and what arrived there. */
export class ScriptedModule {
  stored: Readonly<Record<string, string>> = {};
  readonly written: string[] = [];
  peer: AtPeer | undefined;
  private saved: Readonly<Record<string, string>> = {};

  constructor(
    private readonly script: ModuleScript,
    private readonly fault?: WriteFault,
  ) {}

  readonly behaviour = (): PeerBehaviour => ({
    banner: this.script.banner,
    hasEcho: this.script.hasEcho ?? false,
    answer: (command, peer) => {
      this.peer = peer;
      if (command === 'AT') {
        return ['OK'];
      }
      // `undefined` lets the peer switch its echo off.
      return command === 'ATE0'
        ? undefined
        : (this.script.identity[command] ?? this.script.take(command, this) ?? ['ERROR']);
    },
  });

  /** Stores the named groups of a command that fits; gives undefined for any other. */
  store(
    pattern: RegExp,
    command: string,
    answer: readonly string[] = ['OK'],
  ): readonly string[] | undefined {
    const groups = pattern.exec(command)?.groups;
    if (groups === undefined) {
      return undefined;
    }
    this.written.push(command);
    this.keep(groups);
    return answer;
  }

  keep(values: Readonly<Record<string, string>>): void {
    if (this.fault === 'stores_nothing') {
      return;
    }
    const spoil = (text: string): string => `${text.slice(0, -1)}X`;
    const entries = Object.entries(values).map(([name, text]) => [
      name,
      this.fault === 'spoils_a_character' ? spoil(text) : text,
    ]);
    this.stored = { ...this.stored, ...(Object.fromEntries(entries) as Record<string, string>) };
  }

  save(): void {
    this.saved = this.stored;
  }

  restore(): void {
    this.stored = this.saved;
  }

  /** Says the last words and starts again. */
  restart(...words: readonly string[]): readonly string[] {
    this.peer?.say(...words);
    if (this.script.keeps !== 'stored') {
      this.stored = {};
    }
    this.peer?.restart();
    return [];
  }
}
