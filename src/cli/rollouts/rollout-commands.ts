import type { Command } from 'commander'
import { parse } from 'yaml'
import { checkPolicyEntry } from '../../config/policy/check-policy.ts'
import { policyRequestSchema } from '../../config/policy/file-schema.ts'
import { explainProblems } from '../../config/reading/explain-problems.ts'
import { readYaml } from '../../config/reading/read-yaml.ts'
import { apiClient } from '../../registries/slipway-index/api-client.ts'
import { publishFiles, sayUploaded } from '../../registries/slipway-index/publish-files.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { readGivenFile } from '../given-file.ts'
import { accessOf, keyOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { printExplanation, printStatus } from './print-rollout.ts'
import { printWhy } from './print-why.ts'
import { restartFiles } from './restart-files.ts'
import { showRollout } from './show-rollout.ts'

type Finish = (code: number) => void

const ID = 'rollout id (ro-...) or release (npm:@scope/lib@2.0.0)'

/** `status`: where a rollout is. Exit code 1 when it was rolled back. */
export function addStatus(program: Command, context: CliContext, finish: Finish): void {
  withServer(program.command('status').description('say where a rollout is').argument('<id>', ID)).action(
    async (id: string, options: ServerOptions) => {
      const answer = await apiClient(accessOf(options, context)).rollout(id)
      finish(showRollout(answer, options, context, printStatus))
    },
  )
}

/** `why`: everything behind the state; with a key, whether that key sees the candidate. */
export function addWhy(program: Command, context: CliContext, finish: Finish): void {
  withServer(
    program
      .command('why')
      .description('say why a rollout is where it is, and who sees it')
      .argument('<id>', ID)
      .option('--key <key>', 'a cohort key (or SLIPWAY_KEY): says whether it sees the candidate')
      .option('--me', 'the same for who asks from here without a key, with each package client')
      .option('--ring <group>', 'with --key: the ring that a machine of a fleet is in'),
  ).action(async (id: string, options: ServerOptions & { key?: string; me?: boolean; ring?: string }) => {
    const client = apiClient(accessOf(options, context))
    const key = keyOf(options, context)
    if (key === null && options.me !== true) {
      finish(showRollout(await client.rollout(id), options, context, printExplanation))
      return
    }
    const why = await client.why(id, options.me === true ? null : key, options.ring)
    if (!why.ok) throw stopFor(why.failure)
    if (options.json) {
      printJson(context, why.value)
      return finish(EXIT.done)
    }
    const code = showRollout(await client.rollout(id), options, context, printExplanation)
    context.out(`\n${printWhy(why.value)}\n`)
    finish(code)
  })
}

/** `start`: begins rollouts of releases whose files are there, or reserves names for those to come. */
export function addStart(program: Command, context: CliContext, finish: Finish): void {
  withServer(
    program
      .command('start')
      .description('start the rollout of one release, or of several that belong together')
      .argument('<release...>', 'releases such as pypi:demo-lib@1.3.0')
      .option('--policy <file>', 'a policy in YAML or JSON (needs operate scope)')
      .option('--reason <text>', 'why, for the history')
      .option('--as <person>', 'the person behind a shared token')
      .option('--restart', 'start a rolled-back or superseded release again (needs --reason)')
      .option('--same-users', 'with --restart: it was a false alarm, the same users go first')
      .option('--files <file...>', 'with --restart: files or patterns that come in before its first raise'),
  ).action(
    async (
      releases: string[],
      options: ServerOptions & {
        policy?: string
        reason?: string
        as?: string
        restart?: boolean
        sameUsers?: boolean
        files?: string[]
      },
    ) => {
      const access = accessOf(options, context)
      const files = await restartFiles(releases, options, context)
      const policy = options.policy === undefined ? undefined : await readPolicy(options.policy, context)
      const answer = await apiClient(access).start({
        releases,
        ...(policy === undefined ? {} : { policy }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(options.restart ? { restart: true } : {}),
        ...(options.sameUsers ? { sameUsers: true } : {}),
      })
      const words = `start ${releases.join(' ')}${options.restart ? ' --restart' : ''}`
      if (!answer.ok) throw stopFor(answer.failure, '', { words, as: options.as, reason: options.reason })
      if (files.length > 0) {
        const { env } = context
        const outcome = await publishFiles(access, files, { start: {}, env, onProgress: () => {} })
        if (!outcome.ok) throw stopFor(outcome.failure, sayUploaded(outcome.uploaded, outcome.missing))
      }
      finish(showRollout(answer, options, context, printStatus))
    },
  )
}

async function readPolicy(file: string, context: CliContext): Promise<unknown> {
  const text = await readGivenFile('policy', file, 'a file with a policy', context)
  const checked = readYaml(text, {
    schema: policyRequestSchema,
    expected: 'a policy',
    faults: (document) => checkPolicyEntry(document, []),
    warnings: () => [],
  })
  if (checked.ok) return parse(text)
  throw new CommandStop(EXIT.usage, `policy: cannot be used\n${explainProblems(file, checked.problems)}`)
}
