import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals of requests that carry a key by which they are known again. */
export const idempotencyErrors = {
  'idempotency.key_malformed': {
    ...once,
    kind: 'malformed',
    title: 'The Idempotency-Key cannot be used',
    action: {
      en: 'Send one key of 1 to 255 printable ASCII characters, with or without quotes.',
      zh: '请只发送一个由 1 至 255 个可打印 ASCII 字符组成的键,可带引号也可不带。',
    },
  },
  'idempotency.key_reused': {
    ...once,
    kind: 'invalid',
    title: 'This Idempotency-Key was used for another request',
    action: {
      en: 'Repeat a request exactly as it was; give every other request a key of its own.',
      zh: '重发时请保持请求完全一致;其他请求请使用各自的键。',
    },
  },
  'idempotency.in_progress': {
    ...again,
    kind: 'conflict',
    title: 'The first request with this Idempotency-Key still runs',
    action: {
      en: 'Send the same request again shortly, with the same key.',
      zh: '请稍后使用同一个键重发同一请求。',
    },
  },
  'idempotency.shown_once': {
    ...once,
    kind: 'conflict',
    title: 'The request was done, and its answer cannot be shown again',
    action: {
      en: 'Do not repeat it under a new key. Read what was made with GET; to get a secret again, rotate it.',
      zh: '请勿换新键重复执行。可用 GET 查看已创建的内容;如需重新获取密钥,请轮换。',
    },
  },
  'idempotency.not_for_files': {
    ...once,
    kind: 'malformed',
    title: 'A request with a file takes no Idempotency-Key',
    action: {
      en: 'Send it without the key; look first whether the one before was taken.',
      zh: '请去掉该键后重发;重发前请先确认上一次是否已被接受。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
