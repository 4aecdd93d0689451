/** What the demo reads over HTTP; the shapes are those of the public routes. */
export interface RolloutDocument {
  readonly id: string
  readonly releases: readonly {
    readonly id: string
    readonly candidate: string
    readonly baseline: string | null
  }[]
  readonly phase: string
  readonly percent: number
  readonly stage: { readonly index: number; readonly name: string; readonly percent: number } | null
  readonly explanation: {
    readonly sentence: string
    readonly canaries: readonly {
      readonly label: string
      readonly tries: number
      readonly comparison: { readonly kind: string; readonly sentence: string }
    }[]
  }
}

export interface HistoryEvent {
  readonly type: string
  readonly at: number
  readonly [field: string]: unknown
}

export const ended = new Set(['completed', 'rolled-back', 'superseded', 'abandoned'])

async function get(url: string, accept: string): Promise<unknown> {
  const response = await fetch(url, { headers: { accept } })
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** The rollout of a release, or null while there is none. */
export async function rolloutOf(base: string, release: string): Promise<RolloutDocument | null> {
  const response = await fetch(`${base}/api/v1/rollouts/${release}`)
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`rollout ${release}: ${response.status} ${await response.text()}`)
  return (await response.json()) as RolloutDocument
}

export async function historyOf(base: string, rollout: string): Promise<readonly HistoryEvent[]> {
  const answer = (await get(`${base}/api/v1/rollouts/${rollout}/events`, 'application/json')) as
    | { events: readonly HistoryEvent[] }
    | readonly HistoryEvent[]
  return 'events' in answer ? answer.events : answer
}

/** The version that an unpinned npm user of a view gets: `latest` of the document. */
export async function npmLatest(base: string, view: string, name: string): Promise<string> {
  const document = (await get(`${base}${view}/npm/${name}`, 'application/vnd.npm.install-v1+json')) as {
    'dist-tags': { latest: string }
  }
  return document['dist-tags'].latest
}

/** The version that an unpinned pip user of a view gets: the greatest one with a file that is not yanked. */
export async function pypiLatest(base: string, view: string, name: string): Promise<string> {
  const page = (await get(`${base}${view}/pypi/simple/${name}/`, 'application/vnd.pypi.simple.v1+json')) as {
    files: readonly { filename: string; yanked?: boolean | string }[]
  }
  const versions = page.files
    .filter((file) => !file.yanked)
    .map((file) => file.filename.split('-')[1] ?? '')
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return versions.at(-1) ?? 'none'
}
