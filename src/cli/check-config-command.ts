import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { type ConfigProblem, explainProblems } from '../config/explain-problems.ts'
import { parseServerFile } from '../config/server-file.ts'
import { parseSlipwayFile, slipwayFilePath } from '../config/slipway-file.ts'
import { type CliContext, CommandStop, EXIT } from './cli-context.ts'
import { paintFor } from './paint.ts'
import { printJson } from './server-options.ts'

const SERVER_FILE = 'slipway.server.yml'

/** `check-config [FILE]`: all problems of a settings file at once, each with its place. Exit code 1 when there are any. */
export function addCheckConfig(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('check-config')
    .description(`check ${slipwayFilePath} or ${SERVER_FILE}`)
    .argument('[file]', `the file; without it, whichever of ${slipwayFilePath} and ${SERVER_FILE} is here`)
    .option('--json', 'print JSON instead of text')
    .action(async (given: string | undefined, options: { json?: boolean }) => {
      const files = given === undefined ? presentFiles(context) : [given]
      const checks = await Promise.all(files.map((file) => checkFile(file, context)))
      if (options.json) printJson(context, checks.length === 1 ? checks[0] : checks)
      else for (const check of checks) context.out(sayCheck(check, context))
      finish(checks.every((check) => check.ok) ? EXIT.done : EXIT.refused)
    })
}

interface FileCheck {
  readonly file: string
  readonly ok: boolean
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigProblem[]
}

function presentFiles(context: CliContext): readonly string[] {
  const files = [slipwayFilePath, SERVER_FILE].filter((file) => existsSync(resolve(context.cwd, file)))
  if (files.length === 0)
    throw new CommandStop(
      EXIT.usage,
      `file: neither ${slipwayFilePath} nor ${SERVER_FILE} is in ${context.cwd}; name the file to check`,
    )
  return files
}

async function checkFile(file: string, context: CliContext): Promise<FileCheck> {
  let text: string
  try {
    text = await readFile(resolve(context.cwd, file), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandStop(EXIT.usage, `file: cannot read ${file} (${code}); name a settings file`)
  }
  const isServer = /^slipway\.server\.ya?ml$/.test(basename(file))
  const result = isServer ? parseServerFile(text) : parseSlipwayFile(text)
  return result.ok
    ? { file, ok: true, problems: [], warnings: result.warnings }
    : { file, ok: false, problems: result.problems, warnings: [] }
}

function sayCheck(check: FileCheck, context: CliContext): string {
  const paint = paintFor(context.colour)
  const lines: string[] = []
  if (check.problems.length > 0) lines.push(explainProblems(check.file, check.problems))
  if (check.warnings.length > 0)
    lines.push(explainProblems(check.file, check.warnings).replaceAll(/^(\S+) /gm, '$1 warning: '))
  const count = check.problems.length
  lines.push(
    check.ok
      ? `${check.file}: ${paint('green', 'no problems')}`
      : `${check.file}: ${paint('red', count === 1 ? '1 problem' : `${count} problems`)}`,
  )
  return `${lines.join('\n')}\n`
}
