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

/** A device as the topic rules see it. */
export interface TopicOwner {
  readonly productKey: string;
  readonly deviceName: string;
  readonly classes: readonly TopicClass[];
}

/**
 * Tells whether a device may publish to a topic or subscribe to a filter.
 *
 * Shape: own custom topics only, no wildcards; everything else is refused.
 */
export function isTopicAllowed(
  owner: TopicOwner,
  action: 'publish' | 'subscribe',
  topic: string,
): boolean {
  const own = `/${owner.productKey}/${owner.deviceName}/user/`;
  if (!topic.startsWith(own)) return false;
  const name = topic.slice(own.length);
  const needed: TopicOperation = action === 'publish' ? 'PUB' : 'SUB';
  return owner.classes.some(
    (known) => known.name === name && (known.operation === 'ALL' || known.operation === needed),
  );
}
