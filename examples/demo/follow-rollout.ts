import { ended, type RolloutDocument, rolloutOf } from './index-client.ts'
import { pause } from './processes.ts'
import { type ClientCheck, checkByClient, type Share, shareOf } from './resolve-keys.ts'
import { bar, progress, say } from './say.ts'

export interface StageShare extends Share, ClientCheck {
  readonly percent: number
  /** False when the rollout moved on while the real clients ran; the documents were read in time. */
  readonly clientsInTime: boolean
}

/** One release's way, as seen from outside. */
export interface Course {
  readonly release: string
  readonly rollout: string
  readonly phase: string
  readonly points: readonly { readonly at: number; readonly percent: number }[]
  readonly shares: readonly StageShare[]
  readonly tries: number
}

function canariesOf(document: RolloutDocument): string {
  const rows = document.explanation.canaries.map(
    ({ label, comparison, tries }) => `${label} ${comparison.kind}${tries > 1 ? ` (${tries} tries)` : ''}`,
  )
  return rows.length > 0 ? `; ${rows.join(', ')}` : ''
}

/**
 * Watches a rollout until it ends. At each new percent the share of keys that get the candidate is measured
 * from the documents; should the percent move on meanwhile, that is thrown away, because it mixes two stages.
 */
export async function followRollout(
  base: string,
  release: string,
  count: { readonly keys: number; readonly clients: number },
  deadlineMs: number,
): Promise<Course> {
  const until = Date.now() + deadlineMs
  const [ecosystem = '', rest = ''] = release.split(':')
  const [name = '', version = ''] = rest.split('@')
  const points: { at: number; percent: number }[] = []
  const shares: StageShare[] = []
  let checks = Promise.resolve()
  let last = ''
  for (;;) {
    const document = await rolloutOf(base, release)
    if (!document) throw new Error(`${release} has no rollout`)
    const { phase, percent } = document
    const line = `${release}  ${bar(percent)} ${String(percent).padStart(3)} %  ${phase}${canariesOf(document)}`
    progress(line)
    if (`${phase}${percent}` !== last) {
      last = `${phase}${percent}`
      points.push({ at: Date.now(), percent })
      say(line)
    }
    if (ended.has(phase)) {
      await checks
      const tries = Math.max(0, ...document.explanation.canaries.map((canary) => canary.tries))
      return { release, rollout: document.id, phase, points, shares, tries }
    }
    if (Date.now() > until)
      throw new Error(`${release} did not end in time: ${document.explanation.sentence}`)
    if (phase !== 'held' && !shares.some((share) => share.percent === percent)) {
      const share = await shareOf(base, ecosystem, name, version, count.keys)
      if ((await rolloutOf(base, release))?.percent === percent) {
        const stage: StageShare = { ...share, percent, clients: 0, disagreements: [], clientsInTime: false }
        const place = shares.push(stage) - 1
        // Real clients take seconds; the watch goes on meanwhile, so that no stage is missed.
        checks = checks.then(async () => {
          const check = await checkByClient(base, ecosystem, name, version, share, count.clients)
          const clientsInTime = (await rolloutOf(base, release))?.percent === percent
          shares[place] = { ...stage, ...check, clientsInTime }
          say(shareLine(release, percent, { ...share, ...check }))
        })
      }
    }
    await pause(150)
  }
}

function shareLine(release: string, percent: number, share: Share & ClientCheck): string {
  const got = ((100 * share.candidate) / share.keys).toFixed(1)
  const agreed = share.disagreements.length === 0 ? 'all agree' : share.disagreements.join('; ')
  return `${release}  ${percent} % of keys should get it, ${got} % of ${share.keys} did; ${share.clients} asked by the real client, ${agreed}`
}
