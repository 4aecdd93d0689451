/** Turns a title into the last part of a URL: `Hello, world` becomes `hello-world`. */
export function slug(title) {
  const plain = title.normalize('NFKD').replace(/\p{Mn}/gu, '')
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
