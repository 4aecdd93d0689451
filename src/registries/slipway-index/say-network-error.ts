/** What the innermost error of a request means, where its own words do not say what to do. */
const meanings: readonly (readonly [RegExp, (url: URL, said: string) => string])[] = [
  // WHATWG Fetch, "port blocking".
  [/^bad port$/, ({ port }) => `port ${port} is reserved for another protocol; expected a port such as 8080`],
  [/^unexpected redirect$/, () => 'it answers with a redirect; give the address that it leads to'],
  [
    /self.signed|unable to (?:verify|get)|certificate (?:has expired|is not trusted)/i,
    (_, said) =>
      `${said}; where its certificate is your own authority's, name that authority's file in NODE_EXTRA_CA_CERTS`,
  ],
  [/does not match certificate/i, (_, said) => `${said}; use a name that the certificate has`],
  [
    /wrong version number|packet length too long|EPROTO/i,
    ({ host }) => `no TLS is spoken there; is it http://${host}?`,
  ],
  [/Expected HTTP\/|Parse Error/i, ({ host }) => `what answers there speaks no HTTP; is it https://${host}?`],
  [
    /^(?:other side closed|socket hang up)$/,
    ({ protocol, host }) =>
      protocol === 'http:' ? `it hung up; is it https://${host}?` : 'it hung up without an answer',
  ],
  [/^getaddrinfo /, ({ hostname }) => `there is no host ${hostname}`],
]

/** Why a request got no answer, in words that say what to do about it. */
export function sayNetworkError(url: string, error: unknown): string {
  const said = innermostReason(error)
  const known = meanings.find(([pattern]) => pattern.test(said))
  return known === undefined || !URL.canParse(url) ? said : known[1](new URL(url), said)
}

/** The innermost reason of a failed fetch: `fetch failed` alone tells nobody anything. */
export function innermostReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
