import serialize from 'canonicalize'

/** The RFC 8785 form of a JSON value. Throws on what is no JSON; events and facts always are. */
export function canonicalJson(value: unknown): string {
  const text = serialize(value)
  if (text === undefined) throw new Error(`not a JSON value: ${typeof value}`)
  return text
}

/** Whether two JSON values say the same, whatever the order of their keys. */
export function sameJson(left: unknown, right: unknown): boolean {
  return left === right || canonicalJson(left) === canonicalJson(right)
}
