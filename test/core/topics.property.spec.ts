import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, topicLevels } from '../../src/core/topic-filter.js';
import { isTopicAllowed, topicRights } from '../../src/core/topics.js';
import type { TopicOwner } from '../../src/core/topics.js';

const deviceName = fc.stringMatching(/^[A-Za-z0-9_\-@.:]{4,32}$/);
const productKey = fc.stringMatching(/^a1[A-Za-z0-9]{9}$/);
const owner: fc.Arbitrary<TopicOwner> = fc.record({
  productKey,
  deviceName,
  classes: fc.constant([{ name: 'both', operation: 'ALL' as const }]),
});

/** MQTT's own rule of matching, written down once more. Source: MQTT 3.1.1, 4.7.1. */
function matches(filter: string, topic: string): boolean {
  const escape = (text: string): string => text.replace(/[.*?^${}()|[\]\\]/g, '\\$&');
  const pattern = escape(filter)
    .replaceAll('+', '[^/]*')
    .replace(/\/#$/, '(/.*)?')
    .replace(/^#$/, '.*');
  return new RegExp(`^${pattern}$`).test(topic);
}

/** A topic that a filter covers: each wildcard is filled in. */
function fill(filter: string, words: readonly string[]): string {
  let at = 0;
  const next = (): string => words[at++ % words.length] ?? 'x';
  return filter
    .split('/')
    .map((level) => (level === '+' ? next() : level === '#' ? `${next()}/${next()}` : level))
    .join('/');
}

/** Small filters over few words, so that they meet. */
const level = fc.constantFrom('a', 'b', '', '+');
const filter = fc
  .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  .filter((text) => text !== '');
const topic = fc
  .array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join('/'));
const words = fc.array(fc.stringMatching(/^[A-Za-z0-9_:.-]{1,8}$/), { minLength: 1, maxLength: 4 });

/** Every topic of one to five levels over two words. */
const allTopics = [1, 2, 3, 4, 5].flatMap((length) =>
  Array.from({ length: 3 ** length }, (_, number) =>
    Array.from({ length }, (__, place) => ['a', 'b', ''][Math.floor(number / 3 ** place) % 3]).join(
      '/',
    ),
  ),
);

const levelsOf = (text: string): readonly string[] => topicLevels(text) ?? [];

describe('a filter', () => {
  it('covers exactly the topics that MQTT matches with it', () => {
    fc.assert(
      fc.property(filter, topic, (one, text) => {
        expect(covers(levelsOf(one), levelsOf(text))).toBe(matches(one, text));
      }),
    );
  });

  it('that covers another one covers every topic of it', () => {
    const fewer = fc.tuple(filter, fc.array(fc.constantFrom('a', 'b', '+', '#'), { minLength: 4 }));
    fc.assert(
      fc.property(fewer, filter, ([wide, filled], narrow) => {
        let at = 0;
        const fitting = wide
          .replace(/[+#]/g, (wild) => filled[at++] ?? wild)
          .replace(/#\/.*$/, '#');
        for (const one of [narrow, fitting].filter((text) => topicLevels(text))) {
          if (!covers(levelsOf(wide), levelsOf(one))) continue;
          for (const text of allTopics.filter((known) => matches(one, known))) {
            expect([wide, one, text, matches(wide, text)]).toEqual([wide, one, text, true]);
          }
        }
      }),
    );
  });
});

describe('a device', () => {
  it('that may subscribe to a filter may hear every topic that it covers', () => {
    const wish = fc.oneof(filter, fc.string());
    fc.assert(
      fc.property(owner, wish, words, fc.nat(), (device, free, filled, at) => {
        const rights = topicRights(device).filter((one) => one.action === 'subscribe');
        const asked = [free, rights[at % rights.length]?.filter ?? ''];
        for (const one of asked.filter((text) => isTopicAllowed(device, 'subscribe', text))) {
          expect(isTopicAllowed(device, 'subscribe', fill(one, filled))).toBe(true);
        }
      }),
    );
  });

  it('may do with a topic what one of its rights says, and nothing else', () => {
    fc.assert(
      fc.property(owner, owner, words, fc.nat(), (device, other, filled, at) => {
        const all = [...topicRights(device), ...topicRights(other)];
        const text = fill(all[at % all.length]?.filter ?? '', filled);
        for (const action of ['publish', 'subscribe'] as const) {
          const isListed = topicRights(device).some(
            (one) => one.action === action && matches(one.filter, text),
          );
          const isServiceCall = /\/thing\/service\/[^/]*$/.test(text) && !text.endsWith('_reply');
          // No filter says "ends in _reply": the list is wider there.
          const expected = isListed && !(action === 'publish' && isServiceCall);
          expect([action, text, isTopicAllowed(device, action, text)]).toEqual([
            action,
            text,
            expected,
          ]);
        }
      }),
    );
  });

  it('has no right that holds for a topic of another device', () => {
    fc.assert(
      fc.property(owner, owner, words, fc.nat(), (device, other, filled, at) => {
        fc.pre(device.deviceName !== other.deviceName);
        const rights = topicRights(other).filter((one) => !one.filter.startsWith('/broadcast/'));
        const text = fill(rights[at % rights.length]?.filter ?? '', filled);
        expect(isTopicAllowed(device, 'publish', text)).toBe(false);
        expect(isTopicAllowed(device, 'subscribe', text)).toBe(false);
      }),
    );
  });

  it('may not use a text that is only near to one of its topics', () => {
    fc.assert(
      fc.property(owner, words, fc.nat(), (device, filled, at) => {
        const rights = topicRights(device).filter((one) => !one.filter.includes('/ext/rrpc/'));
        const text = fill(rights[at % rights.length]?.filter ?? '', filled);
        const wanted = [`${text}/`, `/${text}`, text.replace(device.productKey, '+')];
        for (const one of wanted) expect(isTopicAllowed(device, 'publish', one)).toBe(false);
      }),
    );
  });
});
