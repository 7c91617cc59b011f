/** Keeps a reader that has gone, `head` for one, from ending a command with an error of its own. */
export function endQuietlyWhenClosed(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // What is under way goes to its end: a key may be half made, a file half written.
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
