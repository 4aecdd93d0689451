#!/usr/bin/env node
/**
 * The command line's entry: reads the process's surroundings and runs one command. The server is loaded
 * only by `serve`, so that client commands start fast.
 */
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import { wantsColour } from '../cli/paint.ts'
import { runCli } from '../cli/program.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  now: Date.now,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  colour: wantsColour(process.stdout.isTTY === true, process.env),
  live: process.stderr.isTTY === true,
  version: manifest.version,
  root: rootOf(import.meta.url),
  serve: async (flags) => {
    const { serve } = await import('./serve.ts')
    return serve(flags)
  },
})

/** The package's folder, from `src/main/` as well as from `dist/`. */
function rootOf(url: string): string {
  const folder = url.includes('/src/main/') ? '../..' : '..'
  return fileURLToPath(new URL(folder, url)).replace(/[\\/]+$/, '')
}
