import type { CanaryReport } from '../../src/engine/runs/canary-report.ts'
import { fileRecord, hostFile, publisher, sha256Of } from '../engine/world.ts'
import type { PaperIssue, PaperRun } from './paper-github.ts'
import { nextVersion, tagSomething, withdrawSomething } from './publisher.ts'
import { appCanary, owner, siteCanary, toolCanary } from './scene.ts'
import { commitOf } from './sim-forge.ts'
import type { SimWorld } from './sim-world.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** What people write after `/slipway`. */
const WORDS = [
  'pause',
  'resume',
  'resume',
  'resume',
  'approve it looks fine',
  'approve read the changes',
  'advance we are in a hurry',
  'advance 50 % people wait for it',
  'rollback users complain',
  'retry acme/app',
  'waive acme/app their tests are broken',
  'stop something is odd',
  'lower 10 something is odd',
  'restart it was mended elsewhere',
  'restart --same-users it was a false alarm',
  'catch-up it is the same with a fix',
  'abandon it was a mistake',
  'status',
] as const

/** A release on its way from somebody's machine to the index: `npm publish` is tried until it works. */
interface Upload {
  readonly version: string
  stored: boolean
}

/** What people, runners and time do in a world; the server only ever hears of it. */
export class Happenings {
  readonly versions: string[] = []
  /** Versions whose candidate arm fails in every honest run. */
  readonly bad = new Set<string>()
  private readonly uploads: Upload[] = []
  private readonly reports: CanaryReport[] = []
  private readonly world: SimWorld

  constructor(world: SimWorld) {
    this.world = world
  }

  /** One thing happens, or several; then the server has its turn. */
  async step(): Promise<void> {
    const { luck, faults } = this.world
    const acts = luck.between(1, 3)
    for (let act = 0; act < acts; act += 1) await this.something()
    this.passTime()
    if (luck.chance(faults.crash)) {
      const server = await this.world.up()
      server.life.dieIn(luck.between(1, 60), luck.chance(0.5))
    }
    await this.callsOfClients()
    await this.world.turn()
    if (luck.chance(0.2)) await (await this.world.up()).sweep()
  }

  /** Runs that are still open end, and clients get through with what they have to say. */
  async finish(): Promise<void> {
    for (const run of this.open()) this.finishRun(run)
    await this.callsOfClients()
  }

  release(): void {
    const { luck } = this.world
    const version = nextVersion(this.versions, luck)
    this.versions.push(version)
    if (this.versions.length > 1 && luck.chance(0.3)) this.bad.add(version)
    this.uploads.push({ version, stored: false })
    this.world.note(`publishes ${version}${this.bad.has(version) ? ', which is bad' : ''}`)
  }

  private async something(): Promise<void> {
    const { luck } = this.world
    const happens = luck.pick<() => void | Promise<void>>([
      () => this.run(),
      () => this.run(),
      () => this.run(),
      () => this.command(),
      () => this.command(),
      () => this.blocker(),
      () => this.check(),
      () => this.edit(),
      () => this.leaveOrReturn(),
      () => this.releaseMore(),
      () => this.releaseMore(),
      () => withdrawSomething(this.world),
      () => tagSomething(this.world),
    ])
    await happens()
  }

  private releaseMore(): void {
    if (this.versions.length < 7 && this.world.luck.chance(0.3)) this.release()
  }

  private passTime(): void {
    const { clock, luck, faults } = this.world
    if (luck.chance(faults.clock)) {
      const jump = luck.pick([-90_000, -5_000, 2 * hourMs, dayMs, 3 * dayMs])
      this.world.note(`the clock jumps by ${jump / 1000} s`)
      clock.pass(jump)
    }
    clock.pass(luck.pick([1_000, 10_000, minuteMs, 10 * minuteMs, 40 * minuteMs, 2 * hourMs]))
  }

  private open(): PaperRun[] {
    return [...this.world.github.runs.values()].filter(({ status }) => status !== 'completed')
  }

  private run(): void {
    const [first, ...others] = this.open()
    if (first !== undefined) this.finishRun(this.world.luck.pick([first, ...others]))
  }

  /** A run ends: one with the Action reports both arms, one without fetched its arm's file and just ends. */
  private finishRun(run: PaperRun): void {
    const { luck, github, faults } = this.world
    const candidate = this.world.server?.engine.find(run.task.rollout)?.members[0]?.candidate ?? ''
    const fails = this.bad.has(candidate.slice(candidate.lastIndexOf('@') + 1))
    const flaky = luck.chance(0.1)
    if (run.task.arm !== 'both') {
      const failed = flaky || (fails && run.task.arm === 'candidate')
      this.fetches.push(run)
      github.finishRun(run, failed ? 'failure' : 'success')
      return
    }
    github.finishRun(run, 'success')
    if (luck.chance(faults.lost / 2)) return
    const report = this.reportOf(run, fails !== flaky ? 'fail' : 'pass')
    this.reports.push(report, ...(luck.chance(faults.doubled) ? [report] : []))
  }

  private readonly fetches: PaperRun[] = []

  private reportOf(run: PaperRun, outcome: 'pass' | 'fail'): CanaryReport {
    const [member] = this.world.server?.engine.find(run.task.rollout)?.members ?? []
    const arm = (installed: string | null | undefined, result: 'pass' | 'fail') => ({
      outcome: result,
      installed: [installed ?? ''],
      commit: 'c0ffee',
      detail: '',
    })
    return {
      rollout: run.task.rollout,
      try: run.task.try,
      nonce: run.task.nonce,
      identity: { repositoryId: run.repositoryId, runId: run.id, runAttempt: 1, url: run.url },
      legs: [
        {
          leg: 'default',
          arms: { candidate: arm(member?.candidate, outcome), baseline: arm(member?.baseline, 'pass') },
        },
      ],
    }
  }

  private issues(): PaperIssue[] {
    const issues = this.world.github.repositories.get(owner)?.issues.values() ?? []
    return [...issues].filter(({ byBot }) => byBot)
  }

  private command(): void {
    const { github, luck } = this.world
    const lib = github.repositories.get(owner)
    const [first, ...others] = this.issues()
    if (lib === undefined || first === undefined) return
    const issue = luck.pick([first, first, ...others])
    const word = luck.pick(WORDS)
    const login = luck.pick(['ada', 'ada', 'wim', 'sam'])
    const id = github.comment(lib, issue, login, `/slipway ${word}`)
    this.world.note(`${login} writes /slipway ${word} (comment ${id})`)
  }

  private blocker(): void {
    const { github, luck } = this.world
    const lib = github.repositories.get(owner)
    if (lib === undefined) return
    const mine = [...lib.issues.values()].find(({ byBot, state }) => !byBot && state === 'open')
    if (mine !== undefined) {
      github.change(lib, mine, { state: 'closed' }, { action: 'closed', byBot: false })
    }
    if (mine !== undefined || luck.chance(0.7)) return
    const labels = luck.pick([['regression'], ['question']])
    github.openIssue(lib, { title: 'It broke', body: '', labels, byBot: false })
  }

  private check(): void {
    const { github, luck } = this.world
    const lib = github.repositories.get(owner)
    const commit = commitOf(`v${this.versions.at(-1)}`)
    if (lib === undefined) return
    github.checks.set(commit, luck.pick(['success', 'success', 'success', 'pending', 'failure']))
    github.tell('check_run', lib, { action: 'completed', check_run: { head_sha: commit, name: 'ci' } })
  }

  /** Somebody writes into a tracking issue; what is Slipway's part of it comes back. */
  private edit(): void {
    const { github, luck } = this.world
    const lib = github.repositories.get(owner)
    const [first, ...others] = this.issues()
    if (lib === undefined || first === undefined) return
    const issue = luck.pick([first, ...others])
    const body = luck.chance(0.5) ? `${issue.body}\nWe look into it.` : issue.body.replace('%', ' percent')
    github.change(lib, issue, { body }, { action: 'edited', byBot: false })
  }

  private leaveOrReturn(): void {
    const { github, luck } = this.world
    const gone = luck.pick([appCanary, siteCanary, toolCanary, toolCanary])
    const repository = github.repositories.get(gone)
    if (repository === undefined || (repository.installed && luck.chance(0.7))) return
    repository.installed = !repository.installed
    const named = { id: Number(gone), full_name: repository.fullName }
    github.tell('installation_repositories', repository, {
      action: repository.installed ? 'added' : 'removed',
      repositories_added: repository.installed ? [named] : [],
      repositories_removed: repository.installed ? [] : [named],
    })
    this.world.note(`${repository.fullName} ${repository.installed ? 'comes back' : 'leaves'}`)
  }

  private async callsOfClients(): Promise<void> {
    await this.upload()
    const { luck, faults } = this.world
    for (const run of this.fetches.splice(0)) await this.fetch(run)
    for (const report of this.reports.splice(0)) {
      if (luck.chance(faults.late)) this.reports.push(report)
      else if (!(await this.send(report))) this.reports.push(report)
    }
  }

  private async upload(): Promise<void> {
    const [upload] = this.uploads
    if (upload === undefined) return
    const { engine, life } = await this.world.up()
    const { packageId } = this.world
    const release = `${packageId}@${upload.version}`
    const ending = packageId === 'npm:demo' ? '.tgz' : '-py3-none-any.whl'
    const name = `demo-${upload.version}${ending}`
    const file = { name, sha256: sha256Of(name) }
    let done = false
    const work = async () => {
      const admitted = await engine.admitUpload({ release, file, who: publisher })
      if (!admitted.ok) return
      if (!upload.stored) await hostFile(this.world.stores, release, fileRecord(name, this.world.clock.now()))
      upload.stored = true
      await engine.uploaded(release, { release, ...file }, publisher)
      done = true
    }
    await life.quiet(work())
    if (!done) return
    this.uploads.shift()
    const lib = this.world.github.repositories.get(owner)
    const tag_name = `v${upload.version}`
    if (lib !== undefined) {
      this.world.github.tell('release', lib, { action: 'published', release: { draft: false, tag_name } })
    }
  }

  private async fetch({ task }: PaperRun): Promise<void> {
    if (task.arm === 'both') return
    const { engine, life } = await this.world.up()
    const release = engine.find(task.rollout)?.members[0]?.[task.arm] ?? ''
    await life.quiet(engine.recordFetch(task.rollout, task.arm, task.nonce, release))
  }

  /** True when there is nothing more to say: taken, or refused for good. */
  private async send(report: CanaryReport): Promise<boolean> {
    const { engine, life } = await this.world.up()
    let answered = false
    const sending = engine.report(report).then((outcome) => {
      answered = outcome.ok || outcome.refusal.reason !== 'temporary'
    })
    return (await life.quiet(sending)) && answered
  }
}
