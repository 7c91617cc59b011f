/**
 * The system topics of Alibaba Cloud IoT, as patterns, by what a device does with them.
 *
 * Shape: `{productKey}` and `{deviceName}` stand for the device's own; `+` is any one level,
 * `+_reply` any one that ends so, `#` all that follows.
 * Source: Alibaba Cloud IoT, topic list; 197770, auto-subscribed topics (the second half of that
 * page by a third party's copy of it); 90570, custom topics of RRPC; subscriptions of
 * alibabacloud-iot-device-sdk 1.2.8 and C Link SDK 4.2.
 */
const thing = (name: string): string => `/sys/{productKey}/{deviceName}/thing/${name}`;
const sys = (name: string): string => `/sys/{productKey}/{deviceName}/${name}`;
const ota = (name: string): string => `/ota/device/${name}/{productKey}/{deviceName}`;
const ntp = (name: string): string => `/ext/ntp/{productKey}/{deviceName}/${name}`;
const combine = (name: string): string => `/ext/session/{productKey}/{deviceName}/combine/${name}`;

/** A device asks and is answered on the same topic with `_reply`. */
const asked: readonly string[] = [
  thing('event/+/post'),
  thing('event/property/batch/post'),
  thing('event/property/history/post'),
  thing('model/up_raw'),
  thing('property/desired/get'),
  thing('property/desired/delete'),
  thing('deviceinfo/update'),
  thing('deviceinfo/delete'),
  thing('dynamicTsl/get'),
  thing('dsltemplate/get'),
  thing('config/get'),
  thing('config/log/get'),
  thing('ota/firmware/get'),
  thing('job/get'),
  thing('job/update'),
  thing('topo/add'),
  thing('topo/delete'),
  thing('topo/get'),
  thing('sub/register'),
  thing('sub/unregister'),
  thing('list/found'),
  thing('disable'),
  thing('proxy/provisioning/product_register'),
  thing('reset'),
  thing('cipher/get'),
  thing('awss/enrollee/match'),
  thing('awss/enrollee/found'),
  thing('lan/prefix/get'),
  thing('lan/blacklist/update'),
  sys('_thing/service/post'),
  combine('login'),
  combine('logout'),
  combine('batch_login'),
  combine('batch_logout'),
];

/** What a device may publish. */
export const publishedTopics: readonly string[] = [
  ...asked,
  thing('service/+_reply'),
  thing('service/property/set_reply'),
  thing('service/property/get_reply'),
  thing('model/down_raw_reply'),
  thing('config/push_reply'),
  thing('job/notify_reply'),
  thing('log/post'),
  sys('rrpc/response/+'),
  ota('inform'),
  ota('progress'),
  ota('request'),
  '/shadow/update/{productKey}/{deviceName}',
  ntp('request'),
  '/ext/rrpc/+/{productKey}/{deviceName}/#',
  '/ext/rrpc/+/sys/{productKey}/{deviceName}/#',
];

/**
 * What the platform subscribes a device to that says `_ss=1`.
 *
 * Shape: the list of 197770, and beyond it every answer to what a device itself may publish; whether
 * Alibaba subscribes those too is not known.
 */
export const unaskedTopics: readonly string[] = [
  ...asked.map((topic) => `${topic}_reply`),
  thing('service/+'),
  thing('service/property/set'),
  thing('service/property/get'),
  thing('model/down_raw'),
  thing('config/push'),
  thing('config/log/push'),
  thing('job/notify'),
  thing('topo/change'),
  thing('topo/add/notify'),
  thing('gateway/permit'),
  thing('bootstrap/config/push'),
  thing('awss/enrollee/checkin'),
  thing('awss/device/switchap'),
  thing('lan/prefix/update'),
  sys('_thing/event/notify'),
  sys('rrpc/request/+'),
  ota('upgrade'),
  ota('request'),
  '/shadow/get/{productKey}/{deviceName}',
  ntp('response'),
];

/**
 * RRPC over a device's other topics, for who says `ext=1` (bit 0).
 *
 * Source: Alibaba Cloud IoT, 90570; the C Link SDK takes such calls without a SUBSCRIBE.
 */
export const extendedRrpcTopics: readonly string[] = [
  '/ext/rrpc/+/{productKey}/{deviceName}/#',
  '/ext/rrpc/+/sys/{productKey}/{deviceName}/#',
];

/** What a device may subscribe to. */
export const subscribedTopics: readonly string[] = [
  ...unaskedTopics,
  ...extendedRrpcTopics,
  '/broadcast/{productKey}/+',
];
