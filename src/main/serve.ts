import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ServeFlags } from '../cli/cli-context.ts'
import { serverFileName } from '../config/server/server-file.ts'
import { messageOf } from '../engine/core/log.ts'
import { sayProblem } from '../versions/problem.ts'
import { createJsonLog } from './json-log.ts'
import { readServeSettings } from './settings.ts'
import { startServer } from './start-server.ts'

const exitCodes = { done: 0, failed: 1, usage: 2 }

/**
 * Runs the server until SIGINT or SIGTERM; resolves with the exit code. Called by `src/main/cli.ts`, loaded
 * lazily. Prints `listening on http://HOST:PORT` when it answers.
 */
export async function serve(flags: ServeFlags): Promise<number> {
  const told = untilTold()
  const path = flags.config ?? process.env.SLIPWAY_CONFIG ?? serverFileName
  const isNamed = path !== serverFileName || flags.config !== null
  if (isNamed && !existsSync(path)) {
    process.stderr.write(`config: there is no file ${path}\n`)
    return exitCodes.usage
  }
  const text = existsSync(path) ? await readFile(path, 'utf8') : null
  const read = readServeSettings(flags, process.env, text)
  if (!read.ok) {
    for (const problem of read.problems) process.stderr.write(`${sayProblem(problem)}\n`)
    return exitCodes.usage
  }
  const log = createJsonLog((line) => void process.stderr.write(line), Date.now)
  try {
    const server = await startServer(read.settings, log)
    const { url } = server
    process.stdout.write(flags.json ? `${JSON.stringify({ url })}\n` : `listening on ${url}\n`)
    await told
    await server.stop()
    // What still hangs, such as a call to GitHub, must not keep the process.
    setTimeout(() => process.exit(exitCodes.done), 200).unref()
    return exitCodes.done
  } catch (error) {
    process.stderr.write(`serve: ${messageOf(error)}\n`)
    return exitCodes.failed
  }
}

/** Resolves at the first request to end; a second one ends the process at once. */
function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
