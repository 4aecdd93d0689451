import { randomBytes } from 'node:crypto'
import type { Octokit } from '@octokit/core'
import type { SlipwayFile } from '../../config/policy/file-schema.ts'
import { createEngine } from '../../engine/core/create-engine.ts'
import type { Engine } from '../../engine/core/engine.ts'
import { defaultEngineSettings } from '../../engine/core/engine-parts.ts'
import type { Log } from '../../engine/core/log.ts'
import { createGithubGitRemote } from '../../github/calls/git-remote.ts'
import { createTokenForge } from '../../github/calls/token-forge.ts'
import { tokenOctokit } from '../../github/calls/token-octokit.ts'
import { createGithubEffector } from '../../github/effects/effector.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EffectLog } from '../../ports/effect-log.ts'
import type { IssueKeeper, RepositoryReader, WorkflowRunner } from '../../ports/forge.ts'
import type { Registry } from '../../ports/registry.ts'
import { createGitEffectLog } from '../../stores/git/git-effect-log.ts'
import { createGitEventStore } from '../../stores/git/git-event-store.ts'
import { openMemory } from '../../stores/memory/open-memory.ts'
import type { JobPermission } from '../missing-permission.ts'
import { publishedAdvisories } from './published-advisories.ts'
import { registryPackages } from './registry-packages.ts'
import { publicSecret, stateOf } from './rollouts-in-refs.ts'
import type { StepLog } from './step-log.ts'

export interface WorldOptions {
  readonly repository: { readonly id: string; readonly fullName: string }
  /** The job's own token. */
  readonly token: string
  /** Another one for the repositories of canaries, or null: the job's own, which reads what is public. */
  readonly canaryToken: string | null
  readonly apiUrl: string
  /** `https://github.com` */
  readonly webUrl: string
  /** `.github/slipway.yml` of the checkout. */
  readonly file: SlipwayFile
  readonly registries: readonly Registry[]
  readonly clock: Clock
  readonly log: Log
  /** Permissions that the step needed and had not, as far as the log told. */
  readonly denied?: ReadonlySet<JobPermission>
  /** Says what was warned of, once in a while only; absent: it was said at once. */
  readonly tellWarnings?: StepLog['tell']
  readonly throttle: boolean
}

/** Everything that a command without a server works with. */
export interface World<Asked = unknown> extends WorldOptions {
  readonly engine: Asked
  readonly effects: EffectLog
  readonly forge: RepositoryReader & IssueKeeper & WorkflowRunner
  readonly octokit: Octokit
  readonly elsewhere: Octokit
  close(): Promise<void>
}

/** The engine over the refs of this repository: what a server would keep is read anew and left behind there. */
export async function openWorld(options: WorldOptions): Promise<World<Engine>> {
  const { repository, token, canaryToken, apiUrl, webUrl, clock, log } = options
  const octokit = tokenOctokit({ token, apiUrl })
  watchClock(octokit, clock, log)
  const elsewhere = canaryToken === null ? octokit : tokenOctokit({ token: canaryToken, apiUrl })
  const remote = createGithubGitRemote(octokit, repository.fullName)
  const nonce = () => randomBytes(8).toString('hex')
  const pause = (attempt: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 50 * Math.min(attempt + 1, 20)))
  const events = createGitEventStore({ remote, nonce, stateOf, pause })
  const effects = createGitEffectLog({ remote, nonce, now: clock.now, pause })
  const forge = createTokenForge({
    own: { ...repository, octokit },
    elsewhere,
    others: namedCanaries(options.file, repository.fullName),
    clock,
    throttle: options.throttle,
  })
  const stores = openMemory(clock)
  const engine = await createEngine({
    ...stores,
    advisories: publishedAdvisories(forge, repository.fullName),
    events,
    effects,
    packages: registryPackages(options.registries),
    access: { ...stores.access, ownerOf: async (id) => ownerOf(options, id) },
    clock,
    forge,
    // A rollout has no page of its own here: its address finds the issues that name it.
    effector: createGithubEffector({
      forge,
      publicUrl: `${webUrl}/${repository.fullName}/issues?q=`,
      servesCanaries: false,
    }),
    secret: publicSecret(repository.id),
    random: (count) => randomBytes(count),
    // Whoever can read the repository can read its refs; and no index stands before the users.
    settings: { ...defaultEngineSettings, profile: 'gate', reportGraceMs: 0, keepPrivateLogs: false },
    log,
  })
  return { ...options, engine, effects, forge, octokit, elsewhere, close: () => engine.close() }
}

/** How far the runner's clock may be off before somebody is told: bakes are hours. */
const clockToleranceMs = 60_000

/** Times of events are the runner's. Said once where GitHub's clock differs, because a stage is then longer or shorter. */
function watchClock(octokit: Octokit, clock: Clock, log: Log): void {
  let isSaid = false
  octokit.hook.after('request', ({ headers }) => {
    const difference = clock.now() - Date.parse(headers.date ?? '')
    if (isSaid || !(Math.abs(difference) > clockToleranceMs)) return
    isSaid = true
    const minutes = Math.round(Math.abs(difference) / 60_000)
    const side = difference > 0 ? 'ahead of' : 'behind'
    log.warn(
      `the clock of this runner is ${minutes} min ${side} GitHub's: stages end that much too ${difference > 0 ? 'early' : 'late'}`,
    )
  })
}

/** The packages that the repository's own file names are its own; no other can be rolled out from here. */
function ownerOf({ file, repository }: WorldOptions, id: string) {
  if (!file.releases?.some((release) => release.package === id)) return null
  return { package: id, repositoryId: repository.id, repository: repository.fullName }
}

/** Patterns name repositories that nobody can list without an App. */
function namedCanaries({ releases }: SlipwayFile, own: string): readonly string[] {
  const named = (releases ?? [])
    .flatMap((release) => release.canaries ?? [])
    .flatMap(({ repo }) => repo ?? [])
  return [...new Set(named)].filter((repo) => !repo.includes('*') && repo !== own)
}
