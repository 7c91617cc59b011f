/** What a broker sent, by name. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** Takes the texts of a form or a JSON object; what was sent twice, or is no text, is left out. */
export function textFields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
