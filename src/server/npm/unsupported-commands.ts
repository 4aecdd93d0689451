/** `npm star` puts a document that says nothing but who likes it. */
export const noStars = 'Nobody keeps stars here.'

/** What commands of npm ask for that there is nothing of here, and the one sentence that says what to do instead. */
const unsupported: readonly (readonly [RegExp, string])[] = [
  // npm falls back from a page in the browser to asking for a name and a password.
  [
    /^\/-\/v1\/(?:login|done)/,
    'There is no page to log in here: npm login --auth-type=legacy takes a token of this server as the password.',
  ],
  [
    /^\/-\/npm\/v1\/(?:tokens|user)(?:\/|$)/,
    'Tokens are made by slipway token create, which says what they may do and for how long; npm token list and revoke work here, and npm whoami says whose token is in use.',
  ],
  [
    /^\/-\/package\/.+\/trust(?:\/|$)/,
    'Which workflow may publish a package is said by an operator: slipway package publishers.',
  ],
  [/^\/-\/_view\/starred/, noStars],
  [
    /^\/-\/npm\/v1\/security\/audits/,
    'This older form of npm audit is not answered here: npm 7 and newer, pnpm 11 and newer, Yarn 4 and Bun ask for advisories in bulk.',
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
