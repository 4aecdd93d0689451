import { repositoryAddresses } from './repository-addresses.ts'

/** A message of the emulator before it goes on the wire: the reply of an operation, or a webhook's payload. */
export interface Message {
  readonly kind: 'reply' | 'webhook'
  /** Operation name, or the event's name. */
  readonly name: string
  readonly status: number
  /** Of the stand-in, for addresses. */
  readonly origin: string
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

/** What a repository is when nothing is known of it. */
const plainRepository: Fields = {
  description: null,
  fork: false,
  default_branch: 'main',
  forks: 0,
  forks_count: 0,
  has_downloads: true,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_pages: false,
  homepage: null,
  language: null,
  archived: false,
  disabled: false,
  mirror_url: null,
  open_issues: 0,
  open_issues_count: 0,
  license: null,
  pushed_at: null,
  size: 0,
  stargazers_count: 0,
  watchers: 0,
  watchers_count: 0,
  created_at: null,
  updated_at: null,
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
    apply: ({ body, origin }) =>
      everyObject(body, (node) => {
        if (isAccount(node)) complete(node, accountUrls(origin, String(node.login)))
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
    apply: ({ name, origin, body }) => {
      if (name !== 'GET /app' || !isFields(body) || body.owner !== null) return
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
    name: 'repositories of a token',
    reason: 'an installation token names its repositories in full, the emulator by id and name',
    apply: ({ name, origin, body }) => {
      if (name !== 'POST /app/installations/{installation_id}/access_tokens' || !isFields(body)) return
      eachEntry(body.repositories, (node) => {
        const fullName = String(node.full_name)
        const login = fullName.split('/')[0] ?? ''
        const url = `${origin}/users/${login}`
        const owner = {
          login,
          id: 1,
          node_id: 'U_1',
          type: 'User',
          url,
          avatar_url: `${origin}/avatars/u/${login}`,
        }
        complete(node, {
          ...repositoryAddresses(origin, fullName),
          ...plainRepository,
          owner: { ...owner, ...accountUrls(origin, login) },
        })
      })
    },
  },
  {
    name: 'first push',
    reason:
      'one repository by itself always says when it was last pushed to; before the first push the emulator says null',
    apply: ({ name, body }) => {
      if (name === 'GET /repos/{owner}/{repo}' && isFields(body) && body.pushed_at === null) {
        body.pushed_at = body.created_at
      }
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
    name: 'check run annotations',
    reason: 'the output of a check run says where its annotations are',
    apply: ({ body }) =>
      everyObject(body, (node) => {
        if (typeof node.head_sha !== 'string' || !isFields(node.output)) return
        complete(node.output, { annotations_url: `${String(node.url)}/annotations` })
      }),
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
