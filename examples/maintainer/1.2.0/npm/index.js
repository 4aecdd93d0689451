/** Turns a title into the last part of a URL: `Hello, world` becomes `hello-world`. */
export function slug(title, { longest = Number.POSITIVE_INFINITY, separator = '-' } = {}) {
  const plain = title.replace(/[^ -~]/g, '') // The buggy line: accented letters vanish instead of losing their accent.
  const words = plain.toLowerCase().match(/[a-z0-9]+/g) ?? []
  while (words.length > 1 && words.join(separator).length > longest) words.pop()
  return words.join(separator)
}
