import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyBudget, BodyShare } from './body-budget.ts'
import type { HttpSettings } from './http-settings.ts'
import { tooLarge } from './limited-body.ts'
import { type HttpProblem, problemBody } from './problem.ts'
import { endWithProblem } from './raw-problem.ts'

type Limits = Pick<HttpSettings['limits'], 'uploadBytesPerSecond' | 'uploadWindowMs'>

export interface Guarding {
  readonly limits: Limits
  readonly budget: BodyBudget
  /** The body goes to the disk as it comes in. */
  readonly streamed: boolean
}

/** How long a client that still sends may take to read why that is in vain. */
const lingerMs = 2000

/**
 * Looks at a request before anybody reads its body. One that says it is too large is refused at once, and
 * false is given; any other body is watched until it is there, and cut off when it trickles or does not end.
 */
export function guardBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  { limits, budget, streamed }: Guarding,
): boolean {
  const length = request.headers['content-length']
  if (length === undefined && request.headers['transfer-encoding'] === undefined) return true
  if (length !== undefined && Number(length) > maxBytes) {
    refuseUnread(request, response, maxBytes, length)
    return false
  }
  const share = budget.take(streamed ? streamedBytes : length === undefined ? chunkedBytes : Number(length))
  if (share === null) {
    refuseForNow(request, response)
    return false
  }
  const release = () => share.release()
  request.once('end', release)
  request.once('close', release)
  if (length === undefined && !streamed) followChunks(request, response, share)
  watch(request, response, maxBytes, limits)
  return true
}

/** What a body takes that is written to the disk as it comes. */
const streamedBytes = 256 * 1024
/** What one of unknown length is given before it is counted, and how often that is done. */
const chunkedBytes = 1024 * 1024
const countMs = 100

/** A body that does not say how long it is takes its share as it comes. */
function followChunks(request: IncomingMessage, response: ServerResponse, share: BodyShare): void {
  const { socket } = request
  const start = socket.bytesRead
  let taken = chunkedBytes
  const timer = setInterval(() => {
    if (request.complete || socket.destroyed) {
      clearInterval(timer)
      return
    }
    const more = socket.bytesRead - start - taken
    if (more <= 0) return
    if (share.grow(more)) taken += more
    else if (response.headersSent) socket.destroy()
    else endWithProblem(socket, noRoom, retryAfter)
  }, countMs)
  timer.unref()
  request.once('close', () => clearInterval(timer))
}

const retrySeconds = 2
const retryAfter = { 'retry-after': String(retrySeconds) }

const noRoom: HttpProblem = {
  status: 503,
  detail: `Too many bodies are on their way in; send this again in ${retrySeconds} seconds.`,
}

/** Before a byte is read. */
function refuseForNow(request: IncomingMessage, response: ServerResponse): void {
  answerUnread(request, response, noRoom, retryAfter)
}

function refuseUnread(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  length: string,
): void {
  answerUnread(request, response, tooLarge(maxBytes, length), {})
}

/**
 * The answer goes out whole, then what still comes in is thrown away for a while. Closing at once would reset
 * the connection, and clients that write first and read later would never see the answer.
 */
function answerUnread(
  request: IncomingMessage,
  response: ServerResponse,
  problem: HttpProblem,
  headers: Readonly<Record<string, string>>,
): void {
  const body = problemBody(problem)
  // pip and twine print nothing but the status line.
  response.statusMessage = problem.detail
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...headers,
  })
  response.write(body)
  const end = setTimeout(() => request.socket.destroy(), lingerMs)
  response.once('close', () => clearTimeout(end))
  request.once('end', () => response.end())
  request.once('error', () => request.socket.destroy())
  request.resume()
}

/** Counts on the socket, so that nobody who reads the body is in the way or has to take part. */
function watch(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  { uploadBytesPerSecond, uploadWindowMs }: Limits,
): void {
  const { socket } = request
  const start = socket.bytesRead
  const least = (uploadBytesPerSecond * uploadWindowMs) / 1000
  let before = start
  const timer = setInterval(() => {
    if (request.complete || socket.destroyed) {
      clearInterval(timer)
      return
    }
    const now = socket.bytesRead
    const came = now - before
    before = now
    // The pieces of a chunked body have a head each, so the socket may see somewhat more than the body.
    if (now - start > 2 * maxBytes) socket.destroy()
    // What lies here unread is our own delay.
    else if (came < least && request.readableLength === 0) cutOff(response, socket, uploadBytesPerSecond)
  }, uploadWindowMs)
  timer.unref()
  request.once('close', () => clearInterval(timer))
}

function cutOff(response: ServerResponse, socket: IncomingMessage['socket'], least: number): void {
  if (response.headersSent) {
    socket.destroy()
    return
  }
  const expected = `at least ${least} bytes a second`
  const detail = `body: got fewer bytes in time, expected ${expected}`
  endWithProblem(socket, { status: 408, detail, field: 'body', expected })
}
