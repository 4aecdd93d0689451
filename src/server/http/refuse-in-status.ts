import type { Ctx } from '../server-parts.ts'
import { type HttpProblem, problemResponse } from './problem.ts'

/**
 * A problem document whose status line carries the sentence, too: pip and twine print nothing else. A reason
 * phrase is one line of visible ASCII (RFC 9110, section 15; RFC 9112, section 4).
 */
export function refuseInStatus(c: Ctx, problem: HttpProblem): Response {
  c.env.outgoing.statusMessage = visibleAscii(problem.detail).slice(0, 400)
  return problemResponse(problem)
}

/** One line that may stand in a header or a status line. */
export function visibleAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 2000)
}
