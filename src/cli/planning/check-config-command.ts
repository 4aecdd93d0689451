import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { type CanaryOffer, canaryOffers } from '../../config/canaries/canary-offers.ts'
import { checkCanaryWorkflow } from '../../config/canaries/check-workflow.ts'
import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import { type ConfigProblem, explainProblems } from '../../config/reading/explain-problems.ts'
import { nearestWord } from '../../config/reading/nearest-word.ts'
import { parseServerFile } from '../../config/server/server-file.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { readGivenFile } from '../given-file.ts'
import { paintFor } from '../paint.ts'
import { printJson } from '../server-options.ts'

const SERVER_FILE = 'slipway.server.yml'
const workflowFolder = '.github/workflows'

/** `check-config [FILE]`: all problems of a settings file at once, each with its place. Exit code 1 when there are any. */
export function addCheckConfig(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('check-config')
    .description(`check ${slipwayFilePath} or ${SERVER_FILE}, and workflows that test unreleased code`)
    .argument(
      '[file]',
      `the file, a workflow or a folder of workflows; without it, whichever of ${slipwayFilePath} and ${SERVER_FILE} is here, and the workflows offered there`,
    )
    .option('--json', 'print JSON instead of text')
    .action(async (given: string | undefined, options: { json?: boolean }) => {
      const files = given === undefined ? await presentFiles(context) : await filesAt(given, context)
      const checks = await Promise.all(files.map((one) => checkFile(one, context)))
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

/** A file to check, and for a workflow how the repository's file offers it. */
interface Checked {
  readonly file: string
  readonly offered: CanaryOffer['mode'] | null
}

const plainly = (file: string): Checked => ({ file, offered: null })

async function presentFiles(context: CliContext): Promise<readonly Checked[]> {
  const files = [slipwayFilePath, SERVER_FILE].filter((file) => existsSync(resolve(context.cwd, file)))
  if (files.length === 0)
    throw new CommandStop(
      EXIT.usage,
      `file: neither ${slipwayFilePath} nor ${SERVER_FILE} is in ${context.cwd}; name the file to check`,
    )
  const offered = files.includes(slipwayFilePath) ? await offeredWorkflows(context) : []
  return [...files.map(plainly), ...offered]
}

/** The workflows that the file offers to start, also where they are not here. */
async function offeredWorkflows(context: CliContext): Promise<readonly Checked[]> {
  const parsed = parseSlipwayFile(await readFile(resolve(context.cwd, slipwayFilePath), 'utf8'))
  const byFile = new Map<string, Checked>()
  for (const { workflow, mode } of parsed.ok ? canaryOffers(parsed.file) : []) {
    const file = `${workflowFolder}/${workflow}`
    if (workflow !== null && !byFile.has(file)) byFile.set(file, { file, offered: mode })
  }
  return [...byFile.values()]
}

/** What is said of a workflow that the file offers and that is not here. */
async function missingWorkflow({ file }: Checked, context: CliContext): Promise<FileCheck> {
  const there = await readdir(resolve(context.cwd, workflowFolder)).catch(() => [])
  const nearest = nearestWord(basename(file), there)
  const offered = `the workflow that canaries in ${slipwayFilePath} offers to start`
  const expected = nearest === null ? offered : `${offered}; did you mean ${nearest}`
  const problem = { line: 1, column: 1, field: 'file', value: 'nothing', expected, nearest }
  return { file, ok: false, problems: [problem], warnings: [] }
}

/** A folder means the workflows in it. */
async function filesAt(given: string, context: CliContext): Promise<readonly Checked[]> {
  const path = resolve(context.cwd, given)
  if (!existsSync(path) || !(await stat(path)).isDirectory()) return [plainly(given)]
  const files = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort()
  if (files.length === 0) throw new CommandStop(EXIT.usage, `file: no workflow is in ${given}; name one`)
  return files.map((name) => plainly(`${given.replace(/\/+$/, '')}/${name}`))
}

async function checkFile(checked: Checked, context: CliContext): Promise<FileCheck> {
  const { file, offered } = checked
  if (offered !== null && !existsSync(resolve(context.cwd, file))) return missingWorkflow(checked, context)
  const text = await readGivenFile('file', file, 'a settings file or a workflow', context)
  const result = checkText(file, text, offered)
  return result.ok
    ? { file, ok: true, problems: [], warnings: result.warnings }
    : { file, ok: false, problems: result.problems, warnings: [] }
}

/** A server's file by its name, a workflow by its folder or its jobs, and a repository's file otherwise. */
function checkText(file: string, text: string, offered: Checked['offered']) {
  if (/^slipway\.server\.ya?ml$/.test(basename(file))) return parseServerFile(text)
  const workflow = basename(dirname(resolve('/', file))) === 'workflows' || /^["']?jobs["']?:/m.test(text)
  return workflow ? checkCanaryWorkflow(text, offered) : parseSlipwayFile(text)
}

function sayCheck(check: FileCheck, context: CliContext): string {
  const paint = paintFor(context.colour)
  const lines: string[] = []
  if (check.problems.length > 0) lines.push(explainProblems(check.file, check.problems))
  if (check.warnings.length > 0)
    lines.push(explainProblems(check.file, check.warnings).replaceAll(/^(\S+) /gm, '$1 warning: '))
  const { problems, warnings } = check
  const said = check.ok ? 'no problems' : counted(problems.length, 'problem')
  const warned = warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`
  const colour = !check.ok ? 'red' : warnings.length === 0 ? 'green' : 'yellow'
  lines.push(`${check.file}: ${paint(colour, `${said}${warned}`)}`)
  return `${lines.join('\n')}\n`
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}
