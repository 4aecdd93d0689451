/** There is no answer from the upstream and nothing kept from before that could be served instead. */
export class UpstreamUnavailable extends Error {
  override readonly name = 'UpstreamUnavailable'
}
