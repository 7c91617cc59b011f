import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { DomainError } from '../../core/errors.js';
import { fieldWords } from '../field-words.js';

/** Checks bodies, queries and parameters by the schema beside their controller. */
export function validationPipe(): StandardSchemaValidationPipe {
  z.config({ customError: fieldWords });
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const fields = issues.slice(0, 20).map((issue) => ({
        path: (issue.path ?? []).map(pathSegment).join('.'),
        message: issue.message,
      }));
      const detail = fields.map(({ path, message }) => (path ? `${path}: ${message}` : message));
      return new DomainError('request.invalid', detail.join('; '), { fields });
    },
  });
}

function pathSegment(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
