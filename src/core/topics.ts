import {
  extendedRrpcTopics,
  publishedTopics,
  subscribedTopics,
  unaskedTopics,
} from './system-topics.js';
import { covers, isTopic, topicLevels } from './topic-filter.js';

/** What a device may do with a topic of a class. Source: Alibaba UpdateTopicConfig. */
export const topicOperations = ['PUB', 'SUB', 'ALL'] as const;
export type TopicOperation = (typeof topicOperations)[number];

/**
 * A custom topic class of a product: `/{productKey}/${deviceName}/user/{name}`.
 *
 * Shape: `name` is one or more levels of `[A-Za-z0-9_]`, joined by `/`.
 */
export interface TopicClass {
  readonly name: string;
  readonly operation: TopicOperation;
}

/** Source: Alibaba UpdateTopicConfig: each level non-empty, letters, digits and underscore. */
export const topicClassNamePattern = /^[A-Za-z0-9_]+(\/[A-Za-z0-9_]+)*$/;

/** The classes that every new product starts with. Source: Alibaba console, topic list. */
export const defaultTopicClasses: readonly TopicClass[] = [
  { name: 'update', operation: 'PUB' },
  { name: 'update/error', operation: 'PUB' },
  { name: 'get', operation: 'SUB' },
];

/** A device by its names. */
export interface TopicNames {
  readonly productKey: string;
  readonly deviceName: string;
}

/** A device as the topic rules see it. */
export interface TopicOwner extends TopicNames {
  readonly classes: readonly TopicClass[];
}

/** What a device does with a topic, seen from the device. */
export type TopicUse = 'publish' | 'subscribe';

/** One right of a device. Shape: `filter` is an MQTT filter of its own topics. */
export interface TopicRight {
  readonly action: TopicUse;
  readonly filter: string;
}

const systemPatterns: Readonly<Record<TopicUse, readonly (readonly string[])[]>> = {
  publish: publishedTopics.map((topic) => topic.split('/')),
  subscribe: subscribedTopics.map((topic) => topic.split('/')),
};

/**
 * Tells whether a device may publish to a topic or subscribe to a filter.
 *
 * Shape: own custom topics by the classes of the product, without wildcards; the system topics of
 * Alibaba in their direction, with the wildcards of their list; everything else is refused. Names
 * are compared exactly.
 */
export function isTopicAllowed(owner: TopicOwner, action: TopicUse, topic: string): boolean {
  if (action === 'publish' && !isTopic(topic)) return false;
  if (isCustomTopic(owner, topic)) return isClassAllowed(owner, action, topic);
  const wanted = topicLevels(topic);
  if (!wanted) return false;
  return systemPatterns[action].some((pattern) => covers(ownLevels(pattern, owner), wanted));
}

/** Tells custom topics of a device from those of the platform. */
export function isCustomTopic(owner: TopicNames, topic: string): boolean {
  return topic.startsWith(customPrefix(owner));
}

/**
 * Lists all rights of a device, for a broker that wants them at the login.
 *
 * Shape: the same decisions as `isTopicAllowed`, but for one thing: MQTT has no filter for "ends in
 * `_reply`", so the right to answer a service is the right to publish on the device's own services.
 */
export function topicRights(owner: TopicOwner): readonly TopicRight[] {
  const custom = owner.classes.flatMap(({ name, operation }) => {
    const filter = customPrefix(owner) + name;
    return [
      ...(operation === 'SUB' ? [] : [{ action: 'publish', filter } as const]),
      ...(operation === 'PUB' ? [] : [{ action: 'subscribe', filter } as const]),
    ];
  });
  const system = (['publish', 'subscribe'] as const).flatMap((action) =>
    systemPatterns[action].map((pattern) => ({ action, filter: asFilter(pattern, owner) })),
  );
  return [...custom, ...system];
}

/**
 * Lists what the platform subscribes a device to that says `_ss=1`.
 *
 * Source: Alibaba Cloud IoT, 197770; see `unaskedTopics`.
 */
export function unaskedFilters(owner: TopicNames, hasExtendedRrpc: boolean): readonly string[] {
  return [...unaskedTopics, ...(hasExtendedRrpc ? extendedRrpcTopics : [])].map((topic) =>
    asFilter(topic.split('/'), owner),
  );
}

function isClassAllowed(owner: TopicOwner, action: TopicUse, topic: string): boolean {
  const name = topic.slice(customPrefix(owner).length);
  const needed: TopicOperation = action === 'publish' ? 'PUB' : 'SUB';
  return owner.classes.some(
    (known) => known.name === name && (known.operation === 'ALL' || known.operation === needed),
  );
}

function customPrefix({ productKey, deviceName }: TopicNames): string {
  return `/${productKey}/${deviceName}/user/`;
}

function asFilter(pattern: readonly string[], owner: TopicNames): string {
  return ownLevels(pattern, owner)
    .map((level) => (level.startsWith('+') ? '+' : level))
    .join('/');
}

function ownLevels(pattern: readonly string[], { productKey, deviceName }: TopicNames): string[] {
  return pattern.map((level) => {
    if (level === '{productKey}') return productKey;
    return level === '{deviceName}' ? deviceName : level;
  });
}
