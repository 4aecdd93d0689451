import { existsSync } from 'node:fs'
import { endGroup, info, startGroup } from '@actions/core'
import type { NotExercised } from '../../../gates/told-by-run.ts'
import { packageIdOf, type Release, type ReleaseId } from '../../../versions/release.ts'
import type { Ask, InstallEnd, Installer } from '../installers/installer.ts'
import { conflictIn } from '../installers/resolver-conflict.ts'
import { clearTests, readTests } from '../tests/read-tests.ts'
import { differenceOf } from './arm-difference.ts'
import { quoteOutput, runShell } from './arm-program.ts'
import type { ArmWorkspace } from './arm-workspace.ts'
import type { ArmRun } from './judge-arms.ts'

/** What both arms are asked to do. */
export interface ArmTask {
  readonly releases: readonly Release[]
  /** Clients that install this project, at least one. */
  readonly installers: readonly Installer[]
  /** The given `install` command; null lets the clients install by themselves. */
  readonly install: string | null
  readonly run: string
  /** Files below the project into which `run` writes its tests; their paths there. */
  readonly tests: readonly string[]
  readonly timeoutMs: number
}

const write = (text: string): void => void process.stdout.write(text)

/** Installs both arms at the same time, then tests one after the other, so that they do not disturb each other. */
export async function runArms(
  workspaces: readonly ArmWorkspace[],
  task: ArmTask,
): Promise<readonly ArmRun[]> {
  const installs = await Promise.all(workspaces.map((workspace) => installArm(workspace, task)))
  const runs: ArmRun[] = []
  const trees = installs.map(({ workspace, tree }) => ({ arm: workspace.arm, tree }))
  for (const { workspace, end, installed, unexercised, notExercised } of installs) {
    showLog(`${workspace.arm}: install`, end.log)
    info(`${workspace.arm}: ${installed.length === 0 ? 'none of the releases' : installed.join(', ')}`)
    if (unexercised !== '') info(`${workspace.arm}: ${unexercised}`)
    const install = { ok: end.ok, timedOut: end.ok ? false : end.timedOut, log: end.log }
    const test = end.ok ? await testArm(workspace, task) : null
    const difference = differenceOf(workspace.arm, trees, task.releases)
    runs.push({ arm: workspace.arm, install, test, installed, unexercised, notExercised, difference })
  }
  return runs
}

interface InstalledArm {
  readonly workspace: ArmWorkspace
  readonly end: InstallEnd
  readonly installed: readonly string[]
  readonly unexercised: string
  readonly notExercised: NotExercised | null
  readonly tree: readonly ReleaseId[]
}

async function installArm(made: ArmWorkspace, task: ArmTask): Promise<InstalledArm> {
  let workspace = made
  for (const installer of task.installers) workspace = await installer.prepare(workspace, task.timeoutMs)
  const end =
    task.install === null ? await installAll(workspace, task) : await installBy(workspace, task.install, task)
  const perClient = await Promise.all(
    task.installers.map((installer) =>
      end.ok
        ? installer.installed(workspace, task.releases)
        : installer.chosen(workspace, task.releases, task.timeoutMs),
    ),
  )
  const installed = perClient.flat()
  const notExercised = end.ok ? await whyUnexercised(workspace, task, installed) : null
  const unexercised = end.ok ? sayUnexercised(notExercised) : sayConflict(end.log)
  const trees = await Promise.all(task.installers.map((installer) => installer.tree(workspace)))
  return { workspace, end, installed, unexercised, notExercised, tree: trees.flat() }
}

async function installAll(workspace: ArmWorkspace, task: ArmTask): Promise<InstallEnd> {
  let log = ''
  for (const installer of task.installers) {
    const end = await installSafely(installer, workspace, task)
    log += end.log
    if (!end.ok) return { ...end, log }
  }
  return { ok: true, log }
}

/** Lockfiles and settings that cannot be read are a failed install like any other. */
async function installSafely(
  installer: Installer,
  workspace: ArmWorkspace,
  task: ArmTask,
): Promise<InstallEnd> {
  try {
    return await installer.install(workspace, task.releases, task.timeoutMs)
  } catch (error) {
    const log = `the lockfile or settings of ${installer.client} cannot be read: ${String(error)}\n`
    return { ok: false, timedOut: false, log }
  }
}

/** The requirements that contradict each other, where that is why nothing could be installed. */
function sayConflict(log: string): string {
  const conflict = conflictIn(log)
  return conflict === null ? '' : `does not resolve with the rest of this project: ${conflict}`
}

async function installBy(workspace: ArmWorkspace, command: string, task: ArmTask): Promise<InstallEnd> {
  const end = await runShell(workspace, command, task.timeoutMs, () => undefined)
  return end.code === 0 ? { ok: true, log: end.tail } : { ok: false, timedOut: end.timedOut, log: end.tail }
}

/** Why the candidate arm runs without the candidate: no dependency, or a range or lock that keeps it out. */
async function whyUnexercised(
  workspace: ArmWorkspace,
  task: ArmTask,
  installed: readonly string[],
): Promise<NotExercised | null> {
  if (workspace.arm !== 'candidate') return null
  const present = task.releases.filter((release) =>
    installed.includes(`${packageIdOf(release)}@${release.version}`),
  )
  if (present.length > 0) return null
  const reasons: NotExercised[] = []
  for (const release of task.releases) {
    const id = packageIdOf(release)
    const got = installed.filter((one) => packageIdOf(one) === id)
    const installer = task.installers.find(({ ecosystem }) => ecosystem === release.ecosystem)
    const asked = (await installer?.asksFor(workspace, release)) ?? null
    const conflict =
      got.length > 0 && asked?.takes !== false
        ? ((await installer?.conflict?.(workspace, release, task.timeoutMs)) ?? null)
        : null
    reasons.push(reasonOf(release, got, asked, conflict))
  }
  const [first] = reasons
  return first === undefined ? null : { ...first, says: reasons.map(({ says }) => says).join('; ') }
}

function sayUnexercised(kept: NotExercised | null): string {
  return kept === null ? '' : `not exercised: ${kept.says ?? kept.why}`
}

function reasonOf(
  release: Release,
  got: readonly string[],
  asked: Ask | null,
  conflict: string | null,
): NotExercised {
  if (got.length === 0)
    return {
      why: 'no-dependency',
      says: `no dependency: ${packageIdOf(release)} is not installed by this project`,
    }
  const gave = `${got.join(', ')}, not ${release.version}`
  if (conflict !== null)
    return {
      why: 'resolver',
      says: `conflict: ${release.version} does not resolve here (${conflict}), which gave ${gave}`,
    }
  if (asked === null) return { why: 'locked', says: `locked: another dependency keeps ${gave}` }
  if (!asked.takes && !asked.isOwn)
    return { why: 'locked', says: `locked: ${asked.phrase}, which gave ${gave}` }
  return asked.takes
    ? { why: 'resolver', says: `conflict: ${asked.phrase}, which takes it, but the client chose ${gave}` }
    : { why: 'capped', says: `capped: ${asked.phrase}, which gave ${gave}` }
}

async function testArm(workspace: ArmWorkspace, task: ArmTask): Promise<ArmRun['test']> {
  startGroup(`${workspace.arm}: ${task.run.split('\n')[0] ?? ''}`)
  const quote = quoteOutput(write)
  if (existsSync(workspace.project)) await clearTests(workspace.project, task.tests)
  const begun = performance.now()
  const end = existsSync(workspace.project)
    ? await runShell(workspace, task.run, task.timeoutMs, quote.print)
    : { code: null, timedOut: false, tail: 'the project folder is gone after installing' }
  quote.end()
  endGroup()
  info(`${workspace.arm}: ${end.timedOut ? 'out of time' : `exit code ${end.code ?? 'none'}`}`)
  const seconds = Math.round((performance.now() - begun) / 100) / 10
  const tests = await readTests(workspace.project, task.tests)
  return { code: end.code, timedOut: end.timedOut, log: end.tail, seconds, tests }
}

function showLog(title: string, log: string): void {
  startGroup(title)
  const quote = quoteOutput(write)
  quote.print(log)
  quote.end()
  endGroup()
}
