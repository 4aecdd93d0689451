/** A connection that sends whatever a test likes, loopback only, and is always closed. */
import { connect, type Socket } from 'node:net'

export interface RawSocket {
  send(bytes: string | Uint8Array): void
  /** Everything that came back so far. */
  said(): string
  /** Resolves when the other side closed the connection, with everything it said. */
  readonly closed: Promise<string>
  /** Resolves when the text has come. */
  until(text: string): Promise<void>
  readonly socket: Socket
  close(): void
}

const open = new Set<Socket>()

/** Opens a connection to the server of a test. */
export async function rawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  open.add(socket)
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  // A reset is one of the ways in which a server lets go.
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      open.delete(socket)
      resolve(text)
    })
  })
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return {
    socket,
    closed,
    said: () => text,
    send: (bytes) => void socket.write(bytes),
    until: async (wanted) => {
      while (!text.includes(wanted) && !socket.destroyed) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    close: () => socket.destroy(),
  }
}

/** Closes what a test left open. */
export function closeSockets(): void {
  for (const socket of open) socket.destroy()
}

/** The problem document in an answer as it came over the wire. */
export function problemIn(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
}
