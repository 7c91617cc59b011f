import { randomBytes } from 'node:crypto';
import { randomNames } from '../core/naming.js';
import type { MintedNaming, RandomNaming } from '../core/naming.js';
import type { Tx } from '../platform/database/transaction.js';
import type { MintingChunkStore, MintingPlace } from './minting-chunk.store.js';

/** Draws in a row that may all meet names that exist; one such draw is a chance of 1 in 10^12. */
const maxDraws = 8;

/** Which devices of an order to mint: `from` up to but not including `to`, counted from 0. */
export interface ChunkWish extends MintingPlace {
  readonly naming: MintedNaming;
  readonly from: number;
  readonly to: number;
}

/**
 * Mints a chunk of an order; answers how many devices.
 *
 * Shape: `draw` gives that many random bytes.
 * Errors: a broken `device_product_id_name_key` when a name of a sequence or list exists already.
 */
export async function mintChunk(
  store: MintingChunkStore,
  tx: Tx,
  wish: ChunkWish,
  draw: (sizeBytes: number) => Uint8Array = randomBytes,
): Promise<number> {
  const { naming, from, to } = wish;
  switch (naming.kind) {
    case 'sequence':
      return await store.sequence(tx, wish, naming, from, to);
    case 'list':
      return await store.listed(tx, wish, from, to);
    case 'random':
      return await mintRandom(store, tx, wish, naming, draw);
  }
}

/** A name that exists already, here or in another order, is drawn again. */
async function mintRandom(
  store: MintingChunkStore,
  tx: Tx,
  wish: ChunkWish,
  naming: RandomNaming,
  draw: (sizeBytes: number) => Uint8Array,
): Promise<number> {
  const wanted = wish.to - wish.from;
  let minted = 0;
  for (let draws = 0; minted < wanted && draws < maxDraws; draws += 1) {
    const count = wanted - minted;
    const names = randomNames(naming, count, draw(count * naming.length));
    minted += await store.drawn(tx, wish, names);
  }
  if (minted < wanted) throw new Error('random names kept meeting names that exist');
  return minted;
}
