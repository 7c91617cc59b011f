import type { FastifyReply } from 'fastify';

/**
 * Runs a handler and takes what it would send, which goes nowhere.
 *
 * Shape: status and headers are those of the reply; afterwards it sends as usual.
 */
export async function holdReply(reply: FastifyReply, handle: () => unknown): Promise<unknown> {
  const held = new Promise<unknown>((resolve, reject) => {
    reply.send = (payload?: unknown) => {
      resolve(payload);
      return reply;
    };
    const unanswered = new Error('a handler ended without an answer');
    Promise.resolve(handle()).then(() => {
      reject(unanswered);
    }, reject);
  });
  return await held.finally(() => Reflect.deleteProperty(reply, 'send'));
}
