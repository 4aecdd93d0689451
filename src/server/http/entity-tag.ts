/**
 * Whether an `If-None-Match` names an entity tag (RFC 9110 section 13.1.2): a list, weakly compared, or `*`. Only tags
 * count: dates of an upstream do not change when a rollout does (never 304 from a date).
 */
export function tagMatches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const plain = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some((tag) => tag.trim() === '*' || plain(tag) === plain(etag))
}
