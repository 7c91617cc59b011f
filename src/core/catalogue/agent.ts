import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals of the agent on a bench PC. */
export const agentErrors = {
  'agent.slots_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The slots file cannot be used',
    action: {
      en: 'Correct the field that is named: [{"slot":1,"port":"tcp://host:port","dialect":"…"}].',
      zh: '请修正所指出的字段:[{"slot":1,"port":"tcp://主机:端口","dialect":"…"}]。',
    },
  },
  'agent.key_needed': {
    ...once,
    kind: 'invalid',
    title: 'The agent needs the key of a station',
    action: {
      en: 'Give it with --key-file; an engineer makes one: triplemint station create SZX-L1-03 --out station.key',
      zh: '请用 --key-file 指定工位密钥;工程师可创建:triplemint station create SZX-L1-03 --out station.key',
    },
  },
  'agent.order_needed': {
    ...once,
    kind: 'invalid',
    title: 'It is not clear which order to work on',
    action: {
      en: 'Name the order with --order; the station sees its open orders at GET /api/v1/me.',
      zh: '请用 --order 指定订单;可通过 GET /api/v1/me 查看本工位的开放订单。',
    },
  },
  'agent.state_in_use': {
    ...once,
    kind: 'conflict',
    title: 'Another agent works with this state directory',
    action: {
      en: 'End the other agent, or give this one a --state-dir of its own.',
      zh: '请结束另一个 agent,或为本 agent 指定单独的 --state-dir。',
    },
  },
  'agent.state_unusable': {
    ...once,
    kind: 'conflict',
    title: 'The state directory cannot be used',
    action: {
      en: 'Do what is said of the file; a damaged journal goes to an engineer before it is moved away.',
      zh: '请按提示处理该文件;日志损坏时,移走之前请先交给工程师。',
    },
  },
  'agent.state_foreign': {
    ...once,
    kind: 'conflict',
    title: 'What waits in the state directory is of another station or service',
    action: {
      en: 'Start the agent with the key and the --server that are named until nothing waits, or give this one a --state-dir of its own.',
      zh: '请先用所指出的密钥和 --server 启动 agent,直到没有待发送的结果;或为本 agent 指定单独的 --state-dir。',
    },
  },
  'agent.answer_unreadable': {
    ...again,
    kind: 'unavailable',
    title: 'The answer of the service cannot be read',
    action: {
      en: 'Check that agent and service are of the same version and what stands between them.',
      zh: '请检查 agent 与服务版本是否一致,以及两者之间的代理。',
    },
  },
} as const satisfies Record<string, ErrorEntry>;
