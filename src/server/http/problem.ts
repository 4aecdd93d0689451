import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Refusal, RefusalReason } from '../../rollout/deciding/refusal.ts'
import { type Problem, sayProblem } from '../../versions/problem.ts'

/** What went wrong with a request, before it is put into the form a client reads. */
export interface HttpProblem {
  readonly status: number
  /** The whole sentence: names the field, the value and what is accepted. */
  readonly detail: string
  readonly field?: string
  readonly value?: string
  readonly expected?: string
  /** What kind of no it is, when the heart said it. */
  readonly reason?: RefusalReason
  /** All of them, where a body has several. */
  readonly problems?: readonly Problem[]
}

const statusOfReason: Readonly<Record<RefusalReason, number>> = {
  temporary: 503,
  'needs-approval': 403,
  blocked: 409,
  invalid: 422,
  conflict: 409,
  unknown: 404,
  permanent: 410,
}

/** A refusal of the heart as a problem with the status that fits its reason. */
export function problemOfRefusal(refusal: Refusal): HttpProblem {
  return {
    status: statusOfReason[refusal.reason],
    detail: refusal.message,
    field: refusal.field,
    value: refusal.value,
    expected: refusal.expected,
    reason: refusal.reason,
  }
}

/** The body of a problem document (RFC 9457). npm prints the member `error`, so it is always there. */
export function problemBody(problem: HttpProblem): string {
  const { status, detail, ...members } = problem
  const title = STATUS_CODES[status] ?? 'Error'
  return JSON.stringify({ type: 'about:blank', title, status, detail, error: detail, ...members })
}

/** A problem document as a response. */
export function problemResponse(problem: HttpProblem): Response {
  return new Response(problemBody(problem), { status: problem.status, headers: problemHeaders(problem) })
}

function problemHeaders(problem: HttpProblem): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(problem.status === 503 ? { 'retry-after': '5' } : {}),
    ...(problem.status === 401 ? { 'www-authenticate': 'Basic realm="slipway"' } : {}),
  }
}

/** Writes a problem document to Node's response; one that has begun is cut off. */
export function sendProblem(response: ServerResponse, problem: HttpProblem): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = Buffer.from(problemBody(problem))
  const headers = { ...problemHeaders(problem), 'content-length': body.length }
  response.writeHead(problem.status, headers).end(body)
}

/** Several problems of one body as one: the first is named, all are listed. */
export function problemOfList(problems: readonly Problem[], status = 422): HttpProblem {
  const [first] = problems
  return {
    status,
    detail: problems.map(sayProblem).join('; '),
    ...(first ?? {}),
    problems,
  }
}
