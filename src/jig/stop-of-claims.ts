import { DomainError } from '../core/errors.js';
import { SlotStop } from './slot-result.js';

const unseen =
  'the module says that it has logged in, but not as this device at this service: ' +
  'it holds another triple, or went to another broker';

/**
 * Gives the stop for what claims answered, or did not answer.
 *
 * Shape: of a refusal its code, what it is and what to do; `login_unseen` is certain: the confirm was
 * not taken.
 */
export function stopOfClaims(call: 'claim' | 'confirm', cause: unknown): SlotStop {
  if (!(cause instanceof DomainError)) {
    return new SlotStop(`${call}_unanswered`, undefined, { cause });
  }
  if (cause.code === 'claim.no_login') {
    return new SlotStop('login_unseen', unseen, { cause });
  }
  if (cause.code === 'claim.batch_incomplete') {
    return new SlotStop('batch_incomplete', cause.detail, { cause });
  }
  return cause.entry.retryable
    ? new SlotStop(`${call}_unanswered`, undefined, { cause })
    : new SlotStop(`${call}_refused`, refusalText(cause), { cause });
}

function refusalText({ message, action }: DomainError): string {
  return `${message.replace(/[\s.:]+$/, '')}. ${action}`;
}
