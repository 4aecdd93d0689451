import type { AppliedEffect, EffectLog } from '../../ports/effect-log.ts'
import type { GitFile, GitRemote } from '../../ports/git-remote.ts'
import { createGroupCommit } from '../sql/group-commit.ts'

/** What was applied is kept beside the events, in a file for each rollout. */
export const effectsRef = 'refs/slipway/effects'

const defaultAttempts = 40
/** Notes that share one commit at most. */
const mostAtOnce = 100

type Applied = ReadonlyMap<string, AppliedEffect>

/**
 * Applied effects in a git ref. A note that is put is there for the next process when the promise resolves; notes
 * that come while one is on its way share the next commit.
 */
export function createGitEffectLog(options: EffectLogOptions): EffectLog {
  const reader = createReader(options.remote)
  const put = createGroupCommit<AppliedEffect, undefined>(mostAtOnce, (fresh) =>
    write(options, reader, fresh),
  )
  const all = async (keep: (file: GitFile) => boolean) => {
    const found: AppliedEffect[] = []
    const { files } = await reader.refresh()
    for (const file of files.filter(keep)) found.push(...(await reader.read(file)).values())
    return found.sort((a, b) => (a.key < b.key ? -1 : 1))
  }
  return {
    async get(key) {
      const { files } = await reader.refresh()
      return (await reader.read(files.find(({ path }) => path === fileOf(key)))).get(key) ?? null
    },
    put,
    async list(prefix) {
      const only = prefix.includes('/') ? fileOf(prefix) : null
      const found = await all(({ path }) => only === null || path === only)
      return found.filter(({ key }) => key.startsWith(prefix))
    },
    async findByPlace(place) {
      const wanted = Object.entries(place)
      if (wanted.length === 0) return []
      const found = await all(() => true)
      return found.filter((one) => wanted.every(([field, value]) => one.place[field] === value))
    },
  }
}

export interface EffectLogOptions {
  readonly remote: GitRemote
  readonly nonce: () => string
  readonly now: () => number
  readonly attempts?: number
  readonly pause?: (attempt: number) => Promise<void>
}

interface Known {
  readonly commit: string | null
  readonly files: readonly GitFile[]
}

interface Reader {
  known: Known
  refresh(): Promise<Known>
  read(file: GitFile | undefined): Promise<Applied>
}

function createReader(remote: GitRemote): Reader {
  const contents = new Map<string, Applied>()
  const reader: Reader = {
    known: { commit: null, files: [] },
    async refresh() {
      const commit = await remote.ref(effectsRef)
      if (commit !== null && commit !== reader.known.commit) {
        reader.known = { commit, files: await remote.files(commit) }
      }
      return reader.known
    },
    async read(file) {
      if (file === undefined) return new Map()
      const kept = contents.get(file.sha)
      if (kept !== undefined) return kept
      const applied = JSON.parse(await remote.text(file.sha)) as AppliedEffect[]
      const read = new Map(applied.map((one) => [one.key, one]))
      contents.set(file.sha, read)
      return read
    },
  }
  return reader
}

async function write(
  { remote, nonce, now, attempts = defaultAttempts, pause = async () => {} }: EffectLogOptions,
  reader: Reader,
  fresh: readonly AppliedEffect[],
): Promise<readonly undefined[]> {
  const groups = Map.groupBy(fresh, ({ key }) => fileOf(key))
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const isKnown = attempt === 0 && reader.known.commit !== null
    const { commit: before, files } = isKnown ? reader.known : await reader.refresh()
    const changed: { readonly path: string; readonly text: string }[] = []
    for (const [path, added] of groups) {
      const applied = new Map(await reader.read(files.find((file) => file.path === path)))
      for (const one of added) applied.set(one.key, one)
      changed.push({ path, text: `${JSON.stringify([...applied.values()], null, 1)}\n` })
    }
    const tree = await remote.writeFiles(changed, before)
    const after = await remote.writeCommit({
      tree: tree.tree,
      parents: before === null ? [] : [before],
      message: `applied ${fresh.map(({ key }) => key).join(', ')}\n\nSlipway-Nonce: ${nonce()}\n`,
      at: now(),
    })
    if (await remote.move([{ name: effectsRef, before, after }])) {
      reader.known = { commit: after, files: tree.files }
      return fresh.map(() => undefined)
    }
    await pause(attempt)
  }
  throw new Error(`${effectsRef}: other writers were faster ${attempts} times`)
}

/** Keys begin with their rollout. */
function fileOf(key: string): string {
  return `${encodeURIComponent(key.split('/')[0] ?? '')}.json`
}
