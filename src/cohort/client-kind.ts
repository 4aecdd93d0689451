/** The package managers that are told apart, in address keys and in what is measured. */
export const clientKinds = [
  'pip',
  'uv',
  'poetry',
  'pdm',
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'deno',
  'other',
] as const

export type ClientKind = (typeof clientKinds)[number]

/**
 * Which package manager sent a user agent: the first product it names. Yarn 2 and newer name the HTTP library
 * they are built on. Everything else, also an empty text, is `other`.
 */
export function clientKindOf(userAgent: string): ClientKind {
  const product = /^[A-Za-z]+(?=[/ ]|$)/.exec(userAgent)?.[0].toLowerCase()
  if (product === 'got') return 'yarn'
  return clientKinds.find((kind) => kind === product) ?? 'other'
}

/**
 * Whether lock files of this client leave out the address of a tarball only where it lies below the registry: pnpm
 * and Yarn 2 or newer. All others write down what a document says.
 */
export function namesForeignTarballs(userAgent: string): boolean {
  return /^(?:pnpm\/|got(?: |$)|yarn\/(?:[2-9]|\d\d))/i.test(userAgent)
}

/**
 * Whether a client has a cool-down of its own that is on by default: it is shown a candidate and may not take it for a
 * day. pnpm since 11, Deno, and Yarn since 4.15, which names no version, so that all since 2 count as such.
 */
export function waitsByItself(userAgent: string): boolean {
  return /^(?:pnpm\/(?:1[1-9]|[2-9]\d)|Deno\/|got(?: |$)|yarn\/(?:[4-9]|\d\d))/i.test(userAgent)
}
