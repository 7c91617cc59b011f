import { once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals about dialects. */
export const dialectErrors = {
  'dialect.unknown': {
    ...once,
    kind: 'not_found',
    title: 'There is no such dialect',
    action: {
      en: 'Use an id that `triplemint dialect list` (GET /api/v1/dialects) shows; a slot may also name none.',
      zh: '请使用 `triplemint dialect list`(GET /api/v1/dialects)列出的 id;槽位也可不填写 dialect。',
    },
  },
  'dialect.invalid': {
    ...once,
    kind: 'invalid',
    title: 'The dialect cannot be used',
    action: {
      en: 'Correct the field that is named; `triplemint dialect check <file>` tells all that is wrong.',
      zh: '请修正所指出的字段;可运行 `triplemint dialect check <file>` 查看全部问题。',
    },
  },
  'dialect.built_in': {
    ...once,
    kind: 'conflict',
    title: 'A built-in dialect cannot be changed',
    action: {
      en: 'Add one of your own under another id, and name that in the slots.',
      zh: '请以其他 id 添加自定义指令集,并在槽位中使用该 id。',
    },
  },
  'dialect.in_use': {
    ...once,
    kind: 'conflict',
    title: 'Slots name this dialect',
    action: {
      en: 'Give the slots of the stations that are named another dialect first.',
      zh: '请先为所列工位的槽位改用其他指令集。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
