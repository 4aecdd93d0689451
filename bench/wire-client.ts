import { connect, type Socket } from 'node:net'

/** What one connection heard so far. */
export interface WireTotals {
  responses: number
  bytes: number
  /** Answers that were no 200 or 202. */
  refused: number
  readonly latenciesMs: number[]
}

/**
 * One kept-alive connection that sends a request as soon as the last one is answered. A socket and a count of
 * bytes, nothing more: the client has to cost less than any server it measures. Answers need a
 * `content-length`. Rejects when the server closes the connection in between.
 */
export function runConnection(
  port: number,
  nextRequest: () => Buffer | null,
  totals: WireTotals,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = ''
    let remaining = -1
    let sentAt = 0
    const finish = () => {
      remaining = -1
      totals.responses += 1
      totals.latenciesMs.push(performance.now() - sentAt)
      send()
    }
    const take = (count: number, buffer: Uint8Array): boolean => {
      totals.bytes += count
      if (remaining >= 0) {
        remaining -= count
      } else {
        head += Buffer.from(buffer.buffer, buffer.byteOffset, count).toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return true
        if (!/^HTTP\/1\.1 20[02] /.test(head)) totals.refused += 1
        remaining = lengthOf(head) - (head.length - end - 4)
        head = ''
      }
      if (remaining === 0) finish()
      return true
    }
    const socket: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: Buffer.alloc(256 * 1024), callback: take },
    })
    const send = () => {
      const request = nextRequest()
      if (request === null) {
        socket.destroy()
        resolve()
        return
      }
      sentAt = performance.now()
      socket.write(request)
    }
    socket.once('connect', send)
    socket.once('error', reject)
    socket.once('end', () => reject(new Error('the server closed the connection')))
  })
}

function lengthOf(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without content-length: ${head.slice(0, 200)}`)
  return Number(length)
}
