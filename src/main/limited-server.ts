import { createServer, type RequestListener, type Server } from 'node:http'
import { fixedLimits, type Limits } from '../config/server/limits.ts'
import type { Log } from '../engine/core/log.ts'
import type { HttpProblem } from '../server/http/problem.ts'
import { endWithProblem } from '../server/http/raw-problem.ts'

/** How often Node looks for connections whose time is up, at most. */
const checkMs = 5000

/** How often the log says that connections are turned away. */
const sayAgainMs = 60_000

/**
 * A server that nobody can hold up: headers and bodies have to come in time, connections are counted, and
 * whoever sends something else than HTTP is told so and let go.
 */
export function limitedServer(limits: Limits, log: Log, listener: RequestListener): Server {
  const { headersMs, requestMs } = limits
  const server = createServer(
    {
      headersTimeout: Math.min(headersMs, requestMs),
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(checkMs, headersMs),
      maxHeaderSize: fixedLimits.headerBytes,
    },
    listener,
  )
  server.timeout = limits.idleMs
  // Whoever closes first loses a request: a balancer that keeps connections for 60 seconds must be the first.
  server.keepAliveTimeout = limits.keepAliveMs
  server.maxConnections = limits.connections
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy()
    else endWithProblem(socket, problemOf(error.code))
  })
  let said = Number.NEGATIVE_INFINITY
  server.on('drop', () => {
    if (performance.now() - said < sayAgainMs) return
    said = performance.now()
    log.warn('connections are turned away', { connections: limits.connections })
  })
  return server
}

function problemOf(code: string | undefined): HttpProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'The request did not come in time.' }
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: `The headers have more than ${fixedLimits.headerBytes} bytes.` }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, detail: 'The chunks of the body carry too many extensions.' }
    default:
      return { status: 400, detail: 'This is no HTTP request.' }
  }
}
