/** More would go round in circles. */
const mostHops = 5
const withoutBody: ReadonlySet<number> = new Set([101, 204, 205, 304])
const leadsOn: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What is no answer of GitHub is read like its own outage: nobody knows what was done, so it is asked again. */
function noAnswer(why: string): Response {
  return Response.json({ message: why }, { status: 502 })
}

/**
 * A fetch for GitHub's API that takes only whole answers of GitHub for answers. A proxy, a load balancer or a page to
 * sign in at may speak in its place, and what they say must not pass for a list without entries or for an issue that
 * was made. Each becomes a 502: an answer that was cut, a web page, JSON that does not end, and a way that leads a
 * write to another host. Redirects on the same host keep method and body, as GitHub's own do for what was renamed; `fetch`
 * would turn a POST into a GET. A GET that leads to another host (archives) goes there without the credential.
 */
export function carefulFetch(timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const method = init?.method ?? 'GET'
    let headers = new Headers(init?.headers)
    let url = new URL(input instanceof Request ? input.url : input)
    for (let hop = 0; hop <= mostHops; hop += 1) {
      const answer = await fetch(url, { ...init, headers, signal, redirect: 'manual' })
      const location = answer.headers.get('location')
      if (!leadsOn.has(answer.status) || location === null) return whole(answer)
      await answer.body?.cancel()
      const next = new URL(location, url)
      if (next.origin !== url.origin) {
        if (method !== 'GET') return noAnswer(`${method} was led from ${url.host} to ${next.host}`)
        headers = new Headers(headers)
        headers.delete('authorization')
      }
      url = next
    }
    return noAnswer(`led on more than ${mostHops} times`)
  }
}

async function whole(answer: Response): Promise<Response> {
  const { status, statusText, headers } = answer
  if (withoutBody.has(status)) return answer
  let bytes: ArrayBuffer
  try {
    bytes = await answer.arrayBuffer()
  } catch {
    return noAnswer('the answer was cut')
  }
  const type = headers.get('content-type') ?? ''
  if (status < 300 && /\bhtml\b/i.test(type)) return noAnswer('a web page came instead of an answer')
  if (status < 300 && /\bjson\b/i.test(type) && !isJson(bytes)) return noAnswer('the answer was cut')
  return new Response(bytes, { status, statusText, headers })
}

function isJson(bytes: ArrayBuffer): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes))
    return true
  } catch {
    return false
  }
}
