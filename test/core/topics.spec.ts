import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultTopicClasses,
  isTopicAllowed,
  topicClassNamePattern,
  topicOperations,
} from '../../src/core/topics.js';
import type { TopicOwner } from '../../src/core/topics.js';

const owner: TopicOwner = {
  productKey: 'a1Product00',
  deviceName: 'unit_0001',
  classes: [
    ...defaultTopicClasses,
    { name: 'both', operation: 'ALL' },
    { name: 'deep/er/still', operation: 'SUB' },
  ],
};
const own = '/a1Product00/unit_0001/user';

describe('a device', () => {
  it.each([
    [`${own}/update`, true, false],
    [`${own}/update/error`, true, false],
    [`${own}/get`, false, true],
    [`${own}/both`, true, true],
    [`${own}/deep/er/still`, false, true],
    [`${own}/unknown`, false, false],
    [`${own}/updat`, false, false],
    [`${own}/update/`, false, false],
    [`${own}/UPDATE`, false, false],
    [`${own}/`, false, false],
    [own, false, false],
    ['', false, false],
    ['/a1Product00/unit_0002/user/update', false, false],
    ['/a1Product01/unit_0001/user/both', false, false],
    ['a1Product00/unit_0001/user/both', false, false],
    ['/a1Product00/unit_0001/other/both', false, false],
    ['/ext/register', false, false],
    ['$SYS/broker', false, false],
  ])('may publish to and subscribe to %j: %s, %s', (topic, mayPublish, maySubscribe) => {
    expect(isTopicAllowed(owner, 'publish', topic)).toBe(mayPublish);
    expect(isTopicAllowed(owner, 'subscribe', topic)).toBe(maySubscribe);
  });

  it.each([
    '#',
    '+',
    '/#',
    '/+/+/user/get',
    `${own}/#`,
    `${own}/+`,
    `${own}/get/#`,
    `${own}/both/+`,
  ])('may not use the wildcard filter %s', (filter) => {
    expect(isTopicAllowed(owner, 'subscribe', filter)).toBe(false);
    expect(isTopicAllowed(owner, 'publish', filter)).toBe(false);
  });

  it('may use nothing but the classes of its product, whatever it asks for', () => {
    const level = fc.string({ unit: fc.constantFrom(...Array.from('ab_/+#$')), maxLength: 8 });
    const classes = fc.array(
      fc.record({
        name: fc.stringMatching(/^[ab_]{1,2}(\/[ab_]{1,2})?$/),
        operation: fc.constantFrom(...topicOperations),
      }),
    );
    const action = fc.constantFrom('publish' as const, 'subscribe' as const);
    fc.assert(
      fc.property(level, classes, action, (name, held, asked) => {
        const wanted = asked === 'publish' ? ['PUB', 'ALL'] : ['SUB', 'ALL'];
        const isHeld = held.some((one) => one.name === name && wanted.includes(one.operation));
        expect(isTopicAllowed({ ...owner, classes: held }, asked, `${own}/${name}`)).toBe(isHeld);
      }),
    );
  });
});

describe('the name of a topic class', () => {
  it.each(['update', 'update/error', 'A_1/b/c', '_'])('may be %s', (name) => {
    expect(name).toMatch(topicClassNamePattern);
  });

  it.each(['', '/update', 'update/', 'a//b', 'a b', 'a+', '#', 'a-b', 'a.b', 'update\n', '更新'])(
    'may not be %j',
    (name) => {
      expect(name).not.toMatch(topicClassNamePattern);
    },
  );
});
