#!/usr/bin/env node
/**
 * The command line's entry: reads the process's surroundings and runs one command. What it runs is loaded
 * after a look at Node's own version, so that an old one gets a sentence and no stack; the server is loaded
 * only by `serve`, so that client commands start fast.
 */
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }

/** The least version that `engines` names, such as `22.19`. */
const [leastMajor = 0, leastMinor = 0] = numbersOf(manifest.engines.node)
const [major = 0, minor = 0] = numbersOf(process.version)

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  process.stderr.write(
    `slipway: needs Node ${leastMajor}.${leastMinor} or newer, this is ${process.version}\n`,
  )
  process.exitCode = 2
} else {
  const [{ runCli }, { wantsColour }] = await Promise.all([
    import('../cli/program.ts'),
    import('../cli/paint.ts'),
  ])
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: wantsColour(process.stdout.isTTY === true, process.env),
    live: process.stderr.isTTY === true,
    ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : null,
    version: manifest.version,
    root: rootOf(import.meta.url),
    simulateWorker: workerOf(import.meta.url),
    serve: async (flags) => {
      const { serve } = await import('./serve.ts')
      return serve(flags)
    },
  })
}

/** The first two numbers of a version or range. */
function numbersOf(text: string): readonly number[] {
  return (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number)
}

async function askPerson(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

/** The thread's program, beside this file or in the bundle. */
function workerOf(url: string): URL {
  return new URL(url.endsWith('.ts') ? './workers/simulate-worker.ts' : './slipway/simulate-worker.js', url)
}

/** The package's folder, from `src/main/` as well as from `dist/`. */
function rootOf(url: string): string {
  const folder = url.includes('/src/main/') ? '../..' : '..'
  return fileURLToPath(new URL(folder, url)).replace(/[\\/]+$/, '')
}
