import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'
import type { MadeApp } from './made-app.ts'

/** One person at the setup pages. `state` comes back from GitHub and with every form. */
export interface SetupSession {
  readonly id: string
  readonly state: string
  readonly until: number
  /** The App that GitHub made, until it is confirmed. */
  made: MadeApp | null
}

const livesMs = 15 * 60_000
const mostSessions = 20

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const word = (bytes: number): string => randomBytes(bytes).toString('hex')

/** Who may set up: sessions opened by the admin token, or by a code that works once. */
export interface SetupSessions {
  /** The code that the server prints to its own terminal. */
  readonly code: string
  /** A session for the right words; null for any others. */
  open(words: string): SetupSession | null
  find(id: string): SetupSession | null
  close(): void
}

export function createSetupSessions(clock: Clock, adminTokenSha256: string | null): SetupSessions {
  const code = word(10)
  const codeUntil = clock.now() + livesMs
  const sessions = new Map<string, SetupSession>()
  let isUsed = false

  function isCode(given: Buffer): boolean {
    return !isUsed && clock.now() < codeUntil && timingSafeEqual(given, digest(code))
  }

  return {
    code,
    open(words) {
      const given = digest(words.trim())
      const isAdmin =
        adminTokenSha256 !== null && timingSafeEqual(given, Buffer.from(adminTokenSha256, 'hex'))
      if (!isAdmin && !isCode(given)) return null
      if (!isAdmin) isUsed = true
      const session = { id: word(32), state: word(32), until: clock.now() + livesMs, made: null }
      const [oldest] = sessions.keys()
      if (sessions.size >= mostSessions && oldest !== undefined) sessions.delete(oldest)
      sessions.set(session.id, session)
      return session
    },
    find(id) {
      const session = sessions.get(id) ?? null
      return session !== null && session.until > clock.now() ? session : null
    },
    close: () => sessions.clear(),
  }
}
