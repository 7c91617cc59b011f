import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals about runs of a jig. */
export const runErrors = {
  'run.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such run',
    action: {
      en: 'Check the identifier; GET /api/v1/runs lists them.',
      zh: '请检查编号;可用 GET /api/v1/runs 列出。',
    },
  },
  'run.in_progress': {
    ...again,
    kind: 'conflict',
    title: 'The station is working on another run',
    action: {
      en: 'Wait until it has ended, or abort it with POST /api/v1/runs/{id}/abort.',
      zh: '请等待其结束,或先用 POST /api/v1/runs/{id}/abort 中止该次运行。',
    },
  },
  'run.no_slots': {
    ...once,
    kind: 'conflict',
    title: 'The station has no slots',
    action: {
      en: 'Set them with PUT /api/v1/stations/{id}/slots.',
      zh: '请先用 PUT /api/v1/stations/{id}/slots 设置槽位。',
    },
  },
  'run.registration_refused': {
    ...once,
    kind: 'conflict',
    title: 'The product refuses the registration that the order asks of its modules',
    action: {
      en: 'Change registration with PATCH /api/v1/products/{productKey}, or place a device-secret order.',
      zh: '请用 PATCH /api/v1/products/{productKey} 修改 registration,或下达 device-secret 订单。',
    },
  },
  'run.slot_unknown': {
    ...once,
    kind: 'invalid',
    title: 'The station has no such slot',
    action: {
      en: 'Name slots that GET /api/v1/me lists.',
      zh: '请使用 GET /api/v1/me 列出的槽位。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
