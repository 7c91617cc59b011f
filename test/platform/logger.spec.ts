import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../src/core/errors.js';
import { createLogger, serializeError } from '../../src/platform/logger.js';

describe('the logger', () => {
  it('drops parameters, detail and the message of a database error', () => {
    const driver = Object.assign(new Error('duplicate key: Key (secret)=(hunter2)'), {
      code: '23505',
      severity: 'ERROR',
      constraint: 'thing_secret_key',
      detail: 'Key (secret)=(hunter2) already exists.',
      parameters: ['hunter2'],
    });
    const wrapped = new DomainError('internal', 'outer', {}, { cause: driver });
    const text = JSON.stringify(serializeError(wrapped));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('23505');
    expect(text).toContain('thing_secret_key');
  });

  it('does not show what was thrown when it is no error', () => {
    expect(serializeError('hunter2')).toEqual({ type: 'string' });
  });

  it('writes one JSON line an event', () => {
    let line = '';
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        line += chunk.toString();
        done();
      },
    });
    createLogger('info', stream).info({ orderId: 7 }, 'order.opened');
    expect(JSON.parse(line)).toMatchObject({ event: 'order.opened', orderId: 7 });
  });
});
