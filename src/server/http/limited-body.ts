import type { IncomingMessage } from 'node:http'
import type { HttpProblem } from './problem.ts'

/** A body had more bytes than its limit. */
export class BodyTooLarge extends Error {
  readonly problem: HttpProblem

  constructor(maxBytes: number) {
    const problem = tooLarge(maxBytes)
    super(problem.detail)
    this.problem = problem
  }
}

/** The refusal of a body that is too large, before or after some of it was read. */
export function tooLarge(maxBytes: number, length: string | null = null): HttpProblem {
  const expected = `at most ${maxBytes} bytes`
  const value = length === null ? 'more' : `${length} bytes`
  return { status: 413, detail: `body: got ${value}, expected ${expected}`, field: 'body', value, expected }
}

/**
 * The pieces of a request's body as they come in. Throws `BodyTooLarge` at the first piece beyond the limit,
 * and leaves the connection open for the answer; throws Node's error when the client goes away.
 */
export async function* limitedBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    seen += chunk.length
    if (seen > maxBytes) throw new BodyTooLarge(maxBytes)
    yield chunk
  }
}
