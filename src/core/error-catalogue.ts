import { agentErrors } from './catalogue/agent.js';
import { dialectErrors } from './catalogue/dialect.js';
import { edgeErrors } from './catalogue/edge.js';
import { exportErrors } from './catalogue/export.js';
import { factoryErrors } from './catalogue/factory.js';
import { idempotencyErrors } from './catalogue/idempotency.js';
import { lineErrors } from './catalogue/line.js';
import { listErrors } from './catalogue/list.js';
import { platformErrors } from './catalogue/platform.js';
import { remoteErrors } from './catalogue/remote.js';
import { runErrors } from './catalogue/run.js';

/**
 * Every error code of Triplemint, listed once.
 *
 * Shape: `noun.reason` -> kind, title, retryable, action in English and Chinese.
 * A test compares this list with `docs/errors.md` and OpenAPI in both directions.
 */
export const catalogue = {
  ...edgeErrors,
  ...platformErrors,
  ...factoryErrors,
  ...exportErrors,
  ...listErrors,
  ...idempotencyErrors,
  ...lineErrors,
  ...runErrors,
  ...dialectErrors,
  ...remoteErrors,
  ...agentErrors,
} as const;
