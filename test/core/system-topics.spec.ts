import { describe, expect, it } from 'vitest';
import { isTopicAllowed, topicRights, unaskedFilters } from '../../src/core/topics.js';
import type { TopicOwner } from '../../src/core/topics.js';

/** A name with everything that a name may hold. */
const owner: TopicOwner = { productKey: 'a1Product00', deviceName: 'A.b@c:d-e_f', classes: [] };
const [pk, dn] = [owner.productKey, owner.deviceName];
const thing = `/sys/${pk}/${dn}/thing`;

function rights(topic: string): string {
  const publish = isTopicAllowed(owner, 'publish', topic) ? 'P' : '-';
  return publish + (isTopicAllowed(owner, 'subscribe', topic) ? 'S' : '-');
}

/** Requests that are answered on the same topic with `_reply`. */
const asked = [
  `${thing}/event/property/post`,
  `${thing}/event/alarm/post`,
  `${thing}/event/block:alarm/post`,
  `${thing}/event/property/batch/post`,
  `${thing}/event/property/history/post`,
  `${thing}/property/desired/get`,
  `${thing}/property/desired/delete`,
  `${thing}/model/up_raw`,
  `${thing}/deviceinfo/update`,
  `${thing}/deviceinfo/delete`,
  `${thing}/dynamicTsl/get`,
  `${thing}/config/get`,
  `${thing}/config/log/get`,
  `${thing}/topo/add`,
  `${thing}/topo/delete`,
  `${thing}/topo/get`,
  `${thing}/sub/register`,
  `${thing}/sub/unregister`,
  `${thing}/list/found`,
  `${thing}/proxy/provisioning/product_register`,
  `${thing}/job/get`,
  `${thing}/job/update`,
  `${thing}/ota/firmware/get`,
  `/ext/session/${pk}/${dn}/combine/login`,
  `/ext/session/${pk}/${dn}/combine/logout`,
  `/ext/session/${pk}/${dn}/combine/batch_login`,
  `/ext/session/${pk}/${dn}/combine/batch_logout`,
];

/** Source: Alibaba Cloud IoT, topic list; SDKs where the list gives no direction. */
const others: readonly (readonly [string, string])[] = [
  [`${thing}/service/property/set`, '-S'],
  [`${thing}/service/property/set_reply`, 'P-'],
  [`${thing}/service/+`, '-S'],
  [`${thing}/service/reboot`, '-S'],
  [`${thing}/service/reboot_reply`, 'PS'], // the vendor's own filter covers it
  [`${thing}/model/down_raw`, '-S'],
  [`${thing}/model/down_raw_reply`, 'P-'],
  [`${thing}/event/+/post_reply`, '-S'],
  [`${thing}/config/push`, '-S'],
  [`${thing}/config/push_reply`, 'P-'],
  [`${thing}/config/log/push`, '-S'],
  [`${thing}/log/post`, 'P-'],
  [`${thing}/topo/change`, '-S'],
  [`${thing}/topo/add/notify`, '-S'],
  [`${thing}/job/notify`, '-S'],
  [`${thing}/job/notify_reply`, 'P-'],
  [`/sys/${pk}/${dn}/rrpc/request/+`, '-S'],
  [`/sys/${pk}/${dn}/rrpc/request/1234`, '-S'],
  [`/sys/${pk}/${dn}/rrpc/response/1234`, 'P-'],
  [`/ota/device/inform/${pk}/${dn}`, 'P-'],
  [`/ota/device/progress/${pk}/${dn}`, 'P-'],
  [`/ota/device/request/${pk}/${dn}`, 'PS'],
  [`/ota/device/upgrade/${pk}/${dn}`, '-S'],
  [`/shadow/update/${pk}/${dn}`, 'P-'],
  [`/shadow/get/${pk}/${dn}`, '-S'],
  [`/broadcast/${pk}/+`, '-S'],
  [`/broadcast/${pk}/all`, '-S'],
  [`/ext/ntp/${pk}/${dn}/request`, 'P-'],
  [`/ext/ntp/${pk}/${dn}/response`, '-S'],
  [`/ext/rrpc/+/${pk}/${dn}/user/get`, '-S'],
  [`/ext/rrpc/+/sys/${pk}/${dn}/thing/service/+`, '-S'],
  [`/ext/rrpc/+/sys/${pk}/${dn}/#`, '-S'],
  [`/ext/rrpc/77/sys/${pk}/${dn}/thing/service/reboot`, 'PS'], // question and answer alike
  [`/ext/rrpc/77/${pk}/${dn}/user/get`, 'PS'],
];

describe('a device', () => {
  it.each(asked)('may ask %s, and hear the answer', (topic) => {
    expect([rights(topic), rights(`${topic}_reply`)]).toEqual(['P-', '-S']);
  });

  it.each(others)('may use %s as %s', (topic, expected) => {
    expect(rights(topic)).toBe(expected);
  });

  it.each([
    '#',
    '/#',
    '/sys/#',
    `/sys/${pk}/${dn}/#`,
    `${thing}/#`,
    `${thing}/service/#`,
    `${thing}/service/+/+`,
    `${thing}/event/+/+`,
    `${thing}/event/#`,
    `${thing}/+/+/post_reply`,
    `/sys/+/${dn}/thing/service/+`,
    `/sys/${pk}/+/thing/service/+`,
    `/sys/${pk}/+/rrpc/request/+`,
    '/broadcast/+/+',
    `/broadcast/${pk}/#`,
    `/broadcast/${pk}/a/b`,
    '/broadcast/a1Product01/all',
    `/+/${pk}/${dn}`,
    `/shadow/+/${pk}/${dn}`,
    `/ota/device/+/${pk}/${dn}`,
    '/ext/rrpc/+/#',
    '/ext/rrpc/#',
    `/ext/rrpc/+/+/${dn}/user/get`,
    `/ext/rrpc/+/sys/${pk}/+/thing/service/+`,
    `/ext/rrpc/+/a1Product01/${dn}/user/get`,
    '/ext/register',
    '/ext/regnwl',
    '$SYS/#',
    `${thing}/service/re+boot`,
    `${thing}/service/#/x`,
    `/sys/${pk.toUpperCase()}/${dn}/thing/service/x`,
    `/sys/${pk}/${dn.toUpperCase()}/thing/service/x`,
    `/sys/${pk}/${dn}x/thing/service/x`,
    `/sys/${pk}/AxbX@c:d-e_f/thing/service/x`, // a dot is no pattern
    `sys/${pk}/${dn}/thing/service/x`,
    `//sys/${pk}/${dn}/thing/service/x`,
    `/sys/${pk}/${dn}/thing/service`,
    `/sys/${pk}/${dn}/thing/service/`.slice(0, -1) + '//x',
  ])('may not use %s', (topic) => {
    expect(rights(topic)).toBe('--');
  });

  it.each([
    `${thing}/event/+/post`,
    `/sys/${pk}/${dn}/rrpc/response/+`,
    `/ext/rrpc/+/${pk}/${dn}/user/get`,
    `/ext/rrpc/1/${pk}/${dn}/#`,
    `${thing}/service/x_reply\0`,
  ])('may not publish with a wildcard or a NUL: %j', (topic) => {
    expect(isTopicAllowed(owner, 'publish', topic)).toBe(false);
  });
});

describe('the sixteen subscriptions of alibabacloud-iot-device-sdk 1.2.8', () => {
  const wished = [
    `${thing}/event/property/post_reply`,
    `${thing}/service/property/set`,
    `${thing}/event/+/post_reply`,
    `${thing}/deviceinfo/update_reply`,
    `${thing}/deviceinfo/delete_reply`,
    `${thing}/config/get_reply`,
    `/shadow/get/${pk}/${dn}`,
    `${thing}/config/push`,
    `${thing}/config/push_reply`,
    `${thing}/topo/add_reply`,
    `${thing}/topo/delete_reply`,
    `${thing}/topo/get_reply`,
    `/ext/session/${pk}/${dn}/combine/login_reply`,
    `/ext/session/${pk}/${dn}/combine/logout_reply`,
    `${thing}/sub/register_reply`,
    `/sys/${pk}/${dn}/rrpc/request/+`,
  ];

  it('are granted but for one, which is a topic that devices publish', () => {
    const refused = wished.filter((topic) => !isTopicAllowed(owner, 'subscribe', topic));
    expect(refused).toEqual([`${thing}/config/push_reply`]);
  });
});

describe('_ss=1', () => {
  /** Source: Alibaba Cloud IoT, 197770. */
  const listed = [
    'thing/model/down_raw',
    'thing/model/up_raw_reply',
    'thing/event/+/post_reply',
    'thing/deviceinfo/update_reply',
    'thing/deviceinfo/delete_reply',
    'thing/dynamicTsl/get_reply',
    'rrpc/request/+',
    'thing/service/property/set',
    'thing/event/property/history/post_reply',
    'thing/service/+',
    'thing/topo/change',
    'thing/sub/register_reply',
  ].map((name) => `/sys/${pk}/${dn}/${name}`);

  it('subscribes the list of the vendor, and only what the device may subscribe to itself', () => {
    const filters = unaskedFilters(owner, false);
    expect(filters).toEqual(expect.arrayContaining(listed));
    expect(filters.filter((filter) => !isTopicAllowed(owner, 'subscribe', filter))).toEqual([]);
    expect(new Set(filters).size).toBe(filters.length);
    expect(filters.filter((filter) => /^\/(broadcast|ext\/rrpc)/.test(filter))).toEqual([]);
  });

  it('subscribes the answer to everything that the device may ask', () => {
    const filters = unaskedFilters(owner, false);
    const replies = asked.filter((topic) => !topic.includes('/event/')).map((t) => `${t}_reply`);
    expect(filters).toEqual(expect.arrayContaining(replies));
  });

  it('subscribes RRPC on other topics for a device that knows it', () => {
    const [plain, extended] = [unaskedFilters(owner, false), unaskedFilters(owner, true)];
    expect(extended.filter((filter) => !plain.includes(filter))).toEqual([
      `/ext/rrpc/+/${pk}/${dn}/#`,
      `/ext/rrpc/+/sys/${pk}/${dn}/#`,
    ]);
  });
});

describe('the list of all rights', () => {
  const classes = [
    { name: 'update', operation: 'PUB' },
    { name: 'get', operation: 'SUB' },
    { name: 'both/ways', operation: 'ALL' },
  ] as const;

  it('holds the topic classes in their direction', () => {
    const custom = topicRights({ ...owner, classes }).filter((one) =>
      one.filter.includes('/user/'),
    );
    expect(custom).toEqual([
      { action: 'publish', filter: `/${pk}/${dn}/user/update` },
      { action: 'subscribe', filter: `/${pk}/${dn}/user/get` },
      { action: 'publish', filter: `/${pk}/${dn}/user/both/ways` },
      { action: 'subscribe', filter: `/${pk}/${dn}/user/both/ways` },
    ]);
  });

  it('holds only filters that the device may subscribe to', () => {
    const filters = topicRights({ ...owner, classes }).filter((one) => one.action === 'subscribe');
    expect(filters.length).toBeGreaterThan(50);
    const refused = filters.filter(
      ({ filter }) => !isTopicAllowed({ ...owner, classes }, 'subscribe', filter),
    );
    expect(refused).toEqual([]);
  });

  it('names no other product or device', () => {
    const others = topicRights(owner).filter(({ filter }) => {
      const isBroadcast = filter === `/broadcast/${pk}/+`;
      return !isBroadcast && !filter.includes(`/${pk}/${dn}`);
    });
    expect(others).toEqual([]);
  });
});
