import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals about files of triples. */
export const exportErrors = {
  'export.recipient_invalid': {
    ...once,
    kind: 'invalid',
    title: 'A recipient is no age recipient',
    action: {
      en: 'Send the public key that age-keygen printed: age1… Never send the secret key.',
      zh: '请提供 age-keygen 输出的公钥(age1…),切勿发送私钥。',
    },
  },
  'export.not_found': {
    ...once,
    kind: 'not_found',
    title: 'The order has no such export',
    action: {
      en: 'Check the identifier against GET /api/v1/orders/{id}/exports.',
      zh: '请对照 GET /api/v1/orders/{id}/exports 检查导出编号。',
    },
  },
  'export.broken_off': {
    ...again,
    kind: 'unavailable',
    title: 'The export broke off; no file was made',
    action: {
      en: 'Export again; the history tells how many triples left the service.',
      zh: '请重新导出;已流出的数量见审计记录。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
