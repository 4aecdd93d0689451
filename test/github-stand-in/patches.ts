/** A message of the emulator before it goes on the wire: the reply of an operation, or a webhook's payload. */
export interface Message {
  readonly kind: 'reply' | 'webhook'
  /** Operation name, or the event's name. */
  readonly name: string
  readonly status: number
  readonly body: unknown
}

type Fields = Record<string, unknown>

/** One thing that the emulator says otherwise than GitHub's description, and how the layer puts it right. */
export interface Patch {
  readonly name: string
  readonly reason: string
  apply(message: Message): void
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Calls `change` with every object inside a message, the message itself included. */
function everyObject(value: unknown, change: (node: Fields, key: string) => void, key = ''): void {
  if (Array.isArray(value)) for (const entry of value) everyObject(entry, change, key)
  if (!isFields(value)) return
  change(value, key)
  for (const [name, entry] of Object.entries(value)) everyObject(entry, change, name)
}

function isAccount(node: Fields): boolean {
  return typeof node.login === 'string' && typeof node.id === 'number' && typeof node.type === 'string'
}

/** Gives a field only where the emulator gave none. */
function complete(node: Fields, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) if (node[name] === undefined) node[name] = value
}

function accountUrls(origin: string, login: string): Fields {
  const url = `${origin}/users/${login}`
  return {
    html_url: `${origin}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    gravatar_id: '',
    site_admin: false,
  }
}

function originOf(url: unknown): string {
  return typeof url === 'string' ? new URL(encodeURI(decodeURI(url))).origin : 'http://127.0.0.1'
}

function eachEntry(body: unknown, change: (node: Fields) => void): void {
  for (const entry of Array.isArray(body) ? body : [body]) if (isFields(entry)) change(entry)
}

function within(message: Message, path: string): Fields | null {
  const value = isFields(message.body) ? message.body[path] : undefined
  return isFields(value) ? value : null
}

/** Every patch the layer makes. A test holds that each one is needed. */
export const patches: readonly Patch[] = [
  {
    name: 'account addresses',
    reason: 'accounts of organisations come without most of the addresses that every account has',
    apply: ({ body }) =>
      everyObject(body, (node) => {
        if (isAccount(node)) complete(node, accountUrls(originOf(node.url), String(node.login)))
      }),
  },
  {
    name: 'bot addresses',
    reason: 'the brackets of a bot login are not escaped in its addresses, which are then no URIs',
    apply: ({ body }) =>
      everyObject(body, (node) => {
        if (!isAccount(node) || !String(node.login).endsWith('[bot]')) return
        for (const [name, value] of Object.entries(node)) {
          if (typeof value !== 'string' || !/^https?:/.test(value)) continue
          node[name] = value.replaceAll('[bot]', '%5Bbot%5D')
        }
      }),
  },
  {
    name: 'app owner',
    reason: 'an App has an owner; the emulator says null',
    apply: ({ name, body }) => {
      if (name !== 'GET /app' || !isFields(body) || body.owner !== null) return
      const origin = originOf(body.html_url)
      const login = 'slipway-owner'
      body.owner = {
        login,
        id: 9,
        node_id: 'U_9',
        type: 'User',
        url: `${origin}/users/${login}`,
        avatar_url: `${origin}/avatars/u/${login}`,
        ...accountUrls(origin, login),
      }
    },
  },
  {
    name: 'installation target',
    reason: 'an installation names the id of its account as target_id',
    apply: ({ name, body }) => {
      if (!name.includes('installation')) return
      eachEntry(body, (node) => {
        if (isFields(node.account)) complete(node, { target_id: node.account.id })
      })
    },
  },
  {
    name: 'repository counts',
    reason: 'one repository by itself also says how many forks its network has and how many subscribe',
    apply: ({ name, body }) => {
      if (name === 'GET /repos/{owner}/{repo}' && isFields(body) && body.id !== undefined) {
        complete(body, { network_count: 0, subscribers_count: 0 })
      }
    },
  },
  {
    name: 'search score',
    reason: 'a found issue has a score, the answer a search_type',
    apply: ({ name, body }) => {
      if (name !== 'GET /search/issues' || !isFields(body)) return
      complete(body, { search_type: 'lexical' })
      eachEntry(body.items, (node) => complete(node, { score: 1 }))
    },
  },
  {
    name: 'release fields',
    reason: 'the release of a webhook says when it was updated and whether it is immutable',
    apply: (message) => {
      const release = message.name === 'release' ? within(message, 'release') : null
      if (release !== null) complete(release, { immutable: false, updated_at: release.created_at })
    },
  },
  {
    name: 'pull request number',
    reason: 'a pull_request webhook names the number beside the pull request',
    apply: (message) => {
      const pull = message.name === 'pull_request' ? within(message, 'pull_request') : null
      if (pull !== null && isFields(message.body)) complete(message.body, { number: pull.number })
    },
  },
  {
    name: 'what an edit changed',
    reason: 'an edited issue tells the former texts as {from}, an edited comment tells its changes at all',
    apply: ({ name, body }) => {
      if (!isFields(body) || body.action !== 'edited') return
      if (name === 'issue_comment') complete(body, { changes: {} })
      if (name !== 'issues' || !isFields(body.changes)) return
      for (const [field, before] of Object.entries(body.changes)) {
        if (typeof before === 'boolean') delete body.changes[field]
        if (typeof before === 'string') body.changes[field] = { from: before }
      }
    },
  },
  {
    name: 'label of a change',
    reason: 'labeled and unlabeled carry the whole label, the emulator its name and colour',
    apply: (message) => {
      const label = message.name === 'issues' ? within(message, 'label') : null
      const repository = within(message, 'repository')
      if (label === null || repository === null) return
      const url = `${String(repository.url)}/labels/${encodeURIComponent(String(label.name))}`
      complete(label, { id: 1, node_id: 'LA_1', url, default: false, description: null })
    },
  },
]

/** The message as GitHub would send it, by all patches or all but the one named. */
export function patched(message: Message, except?: string): unknown {
  const body = structuredClone(message.body)
  for (const patch of patches) if (patch.name !== except) patch.apply({ ...message, body })
  return body
}
