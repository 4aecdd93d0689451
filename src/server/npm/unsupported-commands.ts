/** What commands of npm ask for that there is nothing of here, and the one sentence that says what to do instead. */
const unsupported: readonly (readonly [RegExp, string])[] = [
  [
    /^\/-\/(?:v1\/login|user\/)/,
    'There are no accounts here to log in to: an operator makes a token (slipway token create), and .npmrc gets it as //<host>/npm/:_authToken=<token>. A workflow needs none (slipway package publishers).',
  ],
  [
    /^\/-\/npm\/v1\/(?:tokens|user)(?:\/|$)/,
    'Tokens are listed, made and revoked by slipway token list, create and revoke; npm whoami says whose token is in use.',
  ],
  [
    /^\/-\/(?:org|team|user)\/|^\/-\/package\/.+\/(?:collaborators|access|visibility)$/,
    'There are no teams and no owners by user name here: an operator says which repository owns a package (slipway package owner), and a token names the packages that it publishes.',
  ],
  [
    /^\/-\/npm\/v1\/hooks/,
    'There are no hooks here; a package has a feed at /packages/npm/<name>/feed.atom.',
  ],
  [
    /^\/-\/stage(?:\/|$)/,
    'Nothing is staged by npm stage here: npm publish shows a new version to nobody before its rollout begins (slipway status).',
  ],
]

/** The sentence for an address below `/npm`; null for others. */
export function unsupportedCommand(rest: string): string | null {
  const path = rest.replace(/^\/npm/, '')
  return unsupported.find(([pattern]) => pattern.test(path))?.[1] ?? null
}
