import { z } from 'zod'
import type { GitRemote } from '../../ports/git-remote.ts'
import { showValue } from '../../versions/problem.ts'

/** The ref that decides: every append moves it, and what it names is what happened. */
export const logRef = 'refs/slipway/log'
export const logFile = 'log.json'

/** One stream as the log names it: its newest commit, its number of events and the content that holds them. */
export interface LoggedStream {
  readonly head: string
  readonly count: number
  readonly events: string
}

/** The log at one commit. */
export interface GitLog {
  /** Null before anything was stored. */
  readonly commit: string | null
  /** Position of the newest event. */
  readonly position: number
  readonly streams: ReadonlyMap<string, LoggedStream>
  readonly claims: ReadonlyMap<string, string>
}

export const emptyLog: GitLog = { commit: null, position: 0, streams: new Map(), claims: new Map() }

const sha = z.string().regex(/^[0-9a-f]{40,64}$/)
const count = z.int().min(0)
const logSchema = z.object({
  v: z.literal(1),
  position: count,
  streams: z.array(z.object({ stream: z.string(), head: sha, count, events: sha })),
  claims: z.array(z.object({ claim: z.string(), stream: z.string() })),
})

/** Throws when what is there is not what this version writes: then nothing may be appended to it either. */
export async function readLog(remote: GitRemote, commit: string): Promise<GitLog> {
  const files = await remote.files(commit)
  const file = files.find(({ path }) => path === logFile)
  if (file === undefined) throw new Error(`${logRef}: got a commit without ${logFile}, expected one with it`)
  const text = await remote.text(file.sha)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error(`${logRef}: got ${showValue(text)} in ${logFile}, expected JSON`)
  }
  const read = logSchema.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    throw new Error(`${logRef}: ${issue?.path.join('.')} of ${logFile} is wrong (${issue?.message})`)
  }
  const { position, streams, claims } = read.data
  return {
    commit,
    position,
    streams: new Map(streams.map(({ stream, ...rest }) => [stream, rest])),
    claims: new Map(claims.map(({ claim, stream }) => [claim, stream])),
  }
}

/** Lists instead of mappings: names of claims are other people's words. One entry a line, so that `git diff` shows it. */
export function writeLog({ position, streams, claims }: Omit<GitLog, 'commit'>): string {
  return `${JSON.stringify(
    {
      v: 1,
      position,
      streams: [...streams].map(([stream, rest]) => ({ stream, ...rest })),
      claims: [...claims].map(([claim, stream]) => ({ claim, stream })),
    },
    null,
    1,
  )}\n`
}
