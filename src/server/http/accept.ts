import { parseAccept } from 'hono/utils/accept'

/**
 * The offered media type that an `Accept` header likes best: greatest q, then the more specific range, then
 * the order of the offers (RFC 9110, section 12.5.1). Without a header the first offer; null when none fits.
 */
export function chooseType<T extends string>(header: string | undefined, offers: readonly T[]): T | null {
  if (header === undefined || header.trim() === '') return offers[0] ?? null
  const ranges = parseAccept(header.toLowerCase())
  let best: { offer: T; q: number } | null = null
  for (const offer of offers) {
    const range = ranges
      .map(({ type, q }) => ({ q, rank: specificity(type, offer) }))
      .filter(({ rank }) => rank > 0)
      .sort((a, b) => b.rank - a.rank)[0]
    if (range && range.q > 0 && (best === null || range.q > best.q)) best = { offer, q: range.q }
  }
  return best?.offer ?? null
}

/** 0: does not match; the greater, the closer. */
function specificity(range: string, offer: string): number {
  if (range === offer) return 3
  if (range === '*/*') return 1
  const [type, subtype] = range.split('/')
  return subtype === '*' && offer.startsWith(`${type}/`) ? 2 : 0
}

/** Whether an `Accept-Encoding` header takes gzip (RFC 9110, section 12.5.3). Without a header nothing is said. */
export function acceptsGzip(header: string): boolean {
  const codings = parseAccept(header.toLowerCase())
  const named = codings.find(({ type }) => type === 'gzip' || type === 'x-gzip')
  const { q } = named ?? codings.find(({ type }) => type === '*') ?? { q: 0 }
  return q > 0
}
