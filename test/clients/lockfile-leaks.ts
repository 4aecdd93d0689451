/**
 * What a lockfile gives away and must not: a view, a key or the id of a rollout in whatever encoding, or a
 * percent. Empty when it is clean.
 */
export function lockfileLeaks(text: string, secrets: readonly string[]): string[] {
  const decoded = text.replace(/%[0-9A-Fa-f]{2}/g, (code) => decodeURIComponent(code))
  const words = ['/as/', '/channel/', '/arm/', ...secrets]
  const named = words.filter((word) => decoded.includes(word))
  const percent = /\d\s?%|percent/i.exec(decoded)
  return percent === null ? named : [...named, percent[0]]
}
