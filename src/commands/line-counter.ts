import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

const lineFeed = 0x0a;

/** Hands bytes on and counts them and their lines. */
export class LineCounter extends Transform {
  count = 0;
  sizeBytes = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += chunk.length;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) {
      this.count += 1;
    }
    done(null, chunk);
  }
}
