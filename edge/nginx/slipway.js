/** Slipway's part of nginx: where the document of a request is, or nothing for what goes to Slipway as it is. */

import view from 'choose-view.js'
import crypto from 'crypto'

function sha256(text) {
  return crypto.createHash('sha256').update(text).digest('hex')
}

/** `js_set $slipway_address`: an address below Slipway such as `/view/stable/npm/x?doc=4f1c…`, or empty. */
function address(r) {
  const parts = r.variables.request_uri.split('?')
  const asked = view.ask(
    {
      method: r.method,
      path: parts[0],
      query: parts.length > 1 ? 'given' : '',
      authorization: r.headersIn.Authorization || '',
      explain: r.headersIn['Slipway-Explain'] || '',
      userAgent: r.headersIn['User-Agent'] || '',
      forwarded: r.headersIn['X-Forwarded-For'] || '',
      peer: r.remoteAddress,
    },
    typeof slipwayRules === 'undefined' ? null : slipwayRules,
    Date.now(),
  )
  return asked === null ? '' : view.address(asked, sha256)
}

export default { address }
