import { again, once } from './entry.js';
import type { ErrorEntry } from './entry.js';

/** Refusals about products, orders and devices. */
export const factoryErrors = {
  'product.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such product',
    action: {
      en: 'Check the productKey against GET /api/v1/products.',
      zh: '请对照 GET /api/v1/products 检查 productKey。',
    },
  },
  'product.key_taken': {
    ...once,
    kind: 'conflict',
    title: 'This productKey is taken',
    action: {
      en: 'Choose another productKey, or leave it out.',
      zh: '请另选 productKey,或不填由系统生成。',
    },
  },
  'policy.window_empty': {
    ...once,
    kind: 'invalid',
    title: 'The registration window is empty',
    action: { en: 'Choose a closesAt after opensAt.', zh: 'closesAt 必须晚于 opensAt。' },
  },
  'topic.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such topic class',
    action: {
      en: 'Check the name against the list of the product.',
      zh: '请对照产品的主题列表检查名称。',
    },
  },
  'topic.not_for_device': {
    ...once,
    kind: 'invalid',
    title: 'The device may not hear this topic',
    action: {
      en: 'Send on a topic of this device: a class with SUB or ALL, or a system topic it hears.',
      zh: '请使用该设备可订阅的主题:操作为 SUB 或 ALL 的自定义主题,或其可接收的系统主题。',
    },
  },
  'topic.too_many': {
    ...once,
    kind: 'conflict',
    title: 'The product has too many topic classes',
    action: { en: 'Remove one that is no longer needed.', zh: '请先删除不再需要的主题类。' },
  },
  'order.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such order',
    action: {
      en: 'Check the identifier against GET /api/v1/orders.',
      zh: '请对照 GET /api/v1/orders 检查订单编号。',
    },
  },
  'order.names_invalid': {
    ...once,
    kind: 'invalid',
    title: 'Names of the order break the rules',
    action: {
      en: 'Change prefix, start, width or length: 4-32 of A-Z a-z 0-9 _ - @ . :',
      zh: '请调整前缀、起始值、宽度或长度:4-32 个字符,允许 A-Z a-z 0-9 _ - @ . :',
    },
  },
  'order.names_guessable': {
    ...once,
    kind: 'invalid',
    title: 'Random names so short could be guessed',
    action: {
      en: 'Choose a length of at least leastLength.',
      zh: '请将 length 设为不小于 leastLength 的值。',
    },
  },
  'order.names_taken': {
    ...once,
    kind: 'conflict',
    title: 'Names of the order exist already',
    action: { en: 'Choose another prefix or start.', zh: '请更换前缀或起始值。' },
  },
  'order.minting': {
    ...again,
    kind: 'conflict',
    title: 'The order is still minting',
    action: { en: 'Wait until its state is open.', zh: '请等待订单状态变为 open。' },
  },
  'order.refused': {
    ...once,
    kind: 'conflict',
    title: 'The order was refused',
    action: {
      en: 'Read its refusal, then place a corrected order.',
      zh: '请查看拒绝原因后重新下单。',
    },
  },
  'order.standing': {
    ...once,
    kind: 'conflict',
    title: 'The order holds no triples',
    action: {
      en: 'Its units registered themselves and hold a token each; there is nothing to hand out.',
      zh: '该订单的模组为免预注册设备,各自持有 token,没有可导出的三元组。',
    },
  },
  'order.quota_invalid': {
    ...once,
    kind: 'invalid',
    title: 'The quota does not fit the order',
    action: {
      en: 'Choose a quota from what is given out to the quantity; for more, place another order.',
      zh: '配额须不小于已发放数量且不大于订单数量;需要更多时请另下订单。',
    },
  },
  'order.expiry_past': {
    ...once,
    kind: 'invalid',
    title: 'The order would have expired already',
    action: {
      en: 'Give a time to come, null for none, or close the order.',
      zh: '请设置未来的时间,或设为 null 表示不过期,或直接关闭订单。',
    },
  },
  'order.ended': {
    ...once,
    kind: 'conflict',
    title: 'The order has ended',
    action: { en: 'Place another order.', zh: '请另下新订单。' },
  },
  'order.not_minting': {
    ...once,
    kind: 'conflict',
    title: 'Only an order that is minting can be aborted',
    action: { en: 'Close an order that is open.', zh: '已打开的订单请使用关闭操作。' },
  },
  'order.quota_used_up': {
    ...once,
    kind: 'conflict',
    title: 'The order has given out its quota',
    action: {
      en: 'Stop and ask the planner to raise the quota.',
      zh: '请停线并联系计划员提高配额。',
    },
  },
  'order.held': {
    ...once,
    kind: 'conflict',
    title: 'The order waits for an admin after a restore',
    action: {
      en: 'Change to another order; an admin releases this one with `triplemint release`.',
      zh: '请切换到其他订单;管理员可用 `triplemint release` 解除该订单的保留。',
    },
  },
  'order.not_held': {
    ...once,
    kind: 'not_found',
    title: 'No restore holds this order',
    action: {
      en: 'Look at `triplemint release`, which shows the orders that are held.',
      zh: '请运行 `triplemint release` 查看被保留的订单。',
    },
  },
  'order.closed': {
    ...once,
    kind: 'gone',
    title: 'The order is closed',
    action: { en: 'Change to an open order.', zh: '请切换到有效订单。' },
  },
  'order.expired': {
    ...once,
    kind: 'gone',
    title: 'The order has expired',
    action: { en: 'Change to an open order.', zh: '请切换到有效订单。' },
  },
  'order.station_not_allowed': {
    ...once,
    kind: 'forbidden',
    title: 'The order is not for this station',
    action: { en: 'Use a station that the order names.', zh: '请使用订单指定的工位。' },
  },
  'device.void': {
    ...once,
    kind: 'conflict',
    title: 'The device is void',
    action: {
      en: 'Take another triple; a void one never comes back.',
      zh: '请使用其他三元组;已作废的不可恢复。',
    },
  },
  'device.disabled': {
    ...once,
    kind: 'conflict',
    title: 'The device is disabled',
    action: { en: 'Enable it first.', zh: '请先启用该设备。' },
  },
  'device.no_triple': {
    ...once,
    kind: 'conflict',
    title: 'The device has no triple',
    action: {
      en: 'Its units registered without pre-registration and hold a token each.',
      zh: '该设备为免预注册设备,其模组各自持有 token。',
    },
  },
  'device.not_found': {
    ...once,
    kind: 'not_found',
    title: 'There is no such device',
    action: { en: 'Check productKey and deviceName.', zh: '请检查 productKey 和 deviceName。' },
  },
  'order.none_open': {
    ...once,
    kind: 'conflict',
    title: 'No open order of the product has triples left for this station',
    action: {
      en: 'Check the ProductKey against GET /api/v1/me; else ask the planner for a new order or to raise the quota.',
      zh: '请对照 GET /api/v1/me 检查 ProductKey;否则请联系计划员下新订单或提高配额。',
    },
  },
  'order.stock_empty': {
    ...once,
    kind: 'conflict',
    title: 'The order has no free triple left',
    action: { en: 'Stop and ask the planner for a new order.', zh: '请停线并联系计划员下新订单。' },
  },
} as const satisfies Record<string, ErrorEntry>;
