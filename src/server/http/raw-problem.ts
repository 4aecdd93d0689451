import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type HttpProblem, problemBody } from './problem.ts'

/**
 * Answers on a connection whose request has not come whole, and closes it: there is no response object, or
 * whoever holds it still waits for the rest of the body.
 */
export function endWithProblem(
  socket: Duplex,
  problem: HttpProblem,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = problemBody(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    'content-type: application/problem+json',
    'cache-control: no-store',
    'connection: close',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
