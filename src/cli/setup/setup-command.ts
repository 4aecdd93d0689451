import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import { clientVariables } from '../../registries/project/client-variables.ts'
import { installRootOf } from '../../registries/project/install-root.ts'
import { nodeClientOf } from '../../registries/project/node-client.ts'
import { packagesOfInterest } from '../../registries/project/packages-of-interest.ts'
import { type RunReport, runClient } from '../../registries/slipway-index/run-client.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { accessOf, keyOf, printJson, type ServerOptions, stopFor } from '../server-options.ts'
import { jobIdentity } from './job-identity.ts'
import { type ShellForm, shellForms } from './shell-forms.ts'

interface SetupOptions extends Pick<ServerOptions, 'server' | 'json'> {
  readonly format: ShellForm
  readonly key?: string
  readonly idToken?: string
  readonly outcome?: string
  readonly project?: string
}

const forms = Object.keys(shellForms)

/** What CIs call the end of a job, in the words of the server. */
const outcomes: Readonly<Record<string, RunReport['outcome']>> = {
  success: 'success',
  passed: 'success',
  '0': 'success',
  failure: 'failure',
  failed: 'failure',
  cancelled: 'cancelled',
  canceled: 'cancelled',
}

/** `setup`: leads the package clients of a job, or of a shell, to the index; at its end tells how it fared. */
export function addSetup(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('setup')
    .description(
      'lead pip, uv, npm, pnpm, Yarn and Bun of this job or shell to the index: eval "$(slipway setup)"',
    )
    .option('--server <url>', 'the Slipway server (or SLIPWAY_SERVER)')
    .addOption(new Option('--format <form>', `as what it is printed: ${forms.join(', ')}`).default('sh'))
    .option('--key <key>', 'a cohort key to ask as (or SLIPWAY_KEY); without it the job proves its project')
    .option(
      '--id-token <token>',
      'the OpenID Connect token of the job (or SLIPWAY_ID_TOKEN), for this server',
    )
    .option('--project <folder>', 'the folder of the project; here without it')
    .option(
      '--outcome <status>',
      'at the end: tell how the job fared, such as success, failed or an exit code',
    )
    .option('--json', 'print JSON instead of text')
    .action(async (options: SetupOptions) => {
      if (!forms.includes(options.format))
        throw new CommandStop(
          EXIT.usage,
          `format: got ${showValue(options.format)}, expected one of ${forms.join(', ')}`,
        )
      const { server } = accessOf(options, context)
      const project = resolve(context.cwd, options.project ?? '')
      if (options.outcome === undefined) await lead(server, project, options, context)
      else await tell(server, project, outcomeOf(options.outcome), options, context)
      finish(EXIT.done)
    })
}

async function lead(
  server: string,
  project: string,
  options: SetupOptions,
  context: CliContext,
): Promise<void> {
  const key = chosenKey(options, context) ?? (await keyOfJob(server, options, context))
  const client = await nodeClientOf(project, await installRootOf(project, context.cwd))
  const variables = clientVariables(server, key, client)
  if (options.json) return printJson(context, { server, key, variables })
  const form = shellForms[options.format]
  for (const [name, value] of Object.entries(variables)) context.out(`${form(name, value)}\n`)
  if (options.format === 'sh' && context.live && context.colour)
    context.err('Nothing is set yet: eval "$(slipway setup)" sets it in this shell.\n')
}

function chosenKey(options: SetupOptions, context: CliContext): string | null {
  const key = keyOf(options, context)
  if (key === null || parseCohortKey(key).ok) return key
  // A key is a secret in some places, so it is not repeated.
  throw new CommandStop(EXIT.usage, 'key: expected 1 to 200 of the characters A-Z a-z 0-9 . _ ~ -')
}

/** The key of the job's project. A job that a fork could have written gets none and goes on, as does one without identity. */
async function keyOfJob(server: string, options: SetupOptions, context: CliContext): Promise<string | null> {
  const identity = jobIdentity(server, options.idToken, context)
  if (identity === null) {
    context.err(
      'No key: this shell proves no project, so it gets full releases only. Give --key, or SLIPWAY_ID_TOKEN in a CI job.\n',
    )
    return null
  }
  const answer = await runClient(server, identity).key()
  if (answer.ok) return answer.value
  const { status, message } = answer.failure
  if (status !== 403) throw stopFor(answer.failure)
  context.err(`No key, so it gets full releases only and counts for nothing. ${message}\n`)
  return null
}

function outcomeOf(text: string): RunReport['outcome'] {
  const known = outcomes[text.trim().toLowerCase()]
  if (known !== undefined) return known
  if (/^\d{1,3}$/.test(text.trim())) return 'failure'
  throw new CommandStop(
    EXIT.usage,
    `outcome: got ${showValue(text)}, expected success, failed, canceled or an exit code`,
  )
}

async function tell(
  server: string,
  project: string,
  outcome: RunReport['outcome'],
  options: SetupOptions,
  context: CliContext,
): Promise<void> {
  const identity = jobIdentity(server, options.idToken, context)
  if (identity === null)
    throw new CommandStop(
      EXIT.usage,
      'id-token: got nothing, expected --id-token or SLIPWAY_ID_TOKEN: only a job that proves its project is counted',
    )
  const client = runClient(server, identity)
  const key = await client.key()
  if (!key.ok) throw stopFor(key.failure)
  const live = await client.live()
  // A private index shows its rollouts to nobody without a token; it is told about every package.
  if (!live.ok && live.failure.kind !== 'refused') throw stopFor(live.failure)
  const found = await packagesOfInterest(project, context.env, live.ok ? live.value : null, [])
  const { packages, installed } = found
  let recorded = 0
  if (packages.length > 0) {
    const sent = await client.report({ outcome, packages, installed, key: key.value })
    if (!sent.ok) throw stopFor(sent.failure)
    recorded = sent.value
  }
  if (options.json) printJson(context, { outcome, packages, installed, recorded })
  else if (packages.length === 0)
    context.out('Nothing was told: this job depends on no package whose rollout is under way.\n')
  else context.out(`Told ${outcome} with ${installed.join(', ') || 'nothing installed'}.\n`)
}
