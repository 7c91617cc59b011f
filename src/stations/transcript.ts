/** One line of a conversation with a unit, masked by who held it. Units: ms from its beginning. */
export interface SpokenLine {
  readonly atMs: number;
  readonly direction: 'sent' | 'received' | 'note';
  readonly text: string;
}

/** What was said with a unit in one attempt. */
export interface Transcript {
  readonly claimId: number;
  readonly attempt: number;
  readonly stationId: number;
  readonly lines: readonly SpokenLine[];
  readonly keptAt: Date;
}
