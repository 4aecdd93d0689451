/** Turns a title into the last part of a URL: `Hello, world` becomes `hello-world`. */
export function slug(title, { longest = Number.POSITIVE_INFINITY } = {}) {
  const plain = title.normalize('NFKD').replace(/\p{Mn}/gu, '')
  const whole = plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return whole.length <= longest ? whole : whole.slice(0, longest).replace(/-[^-]*$/, '')
}
