/** An MQTT client identifier in Alibaba's form, taken apart. */
export interface ClientId {
  /** The part before the first `|`; free text, up to 64 characters. */
  readonly id: string;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Takes apart `{id}|key=value,key=value|`.
 *
 * Shape: parameters in any order, white space and newlines around keys and values dropped, unknown
 * keys kept, the first of a repeated key wins; undefined when there are no bars at all.
 * Source: Alibaba Cloud IoT, MQTT over TCP; SDKs put newlines between the parameters.
 */
export function parseClientId(text: string): ClientId | undefined {
  const bar = text.indexOf('|');
  if (bar < 0) return undefined;
  const end = text.indexOf('|', bar + 1);
  const inner = text.slice(bar + 1, end < 0 ? undefined : end);
  const params = new Map<string, string>();
  for (const pair of inner.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim();
    if (!params.has(key)) params.set(key, pair.slice(equals + 1).trim());
  }
  return { id: text.slice(0, bar), params };
}

/**
 * Takes apart the user name `{deviceName}&{productKey}`.
 *
 * Shape: undefined when either part is empty or there is not exactly one `&`.
 */
export function parseUsername(
  text: string,
): { readonly deviceName: string; readonly productKey: string } | undefined {
  const [deviceName, productKey, ...rest] = text.split('&');
  if (!deviceName || !productKey || rest.length > 0) return undefined;
  return { deviceName, productKey };
}
