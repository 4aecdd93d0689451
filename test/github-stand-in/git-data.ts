import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BareRepository, type CommitObject, type TreeFile } from './bare-repository.ts'
import type { Fields, Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { Refused } from './layer.ts'

const none = '0'.repeat(40)

/** Git objects and refs outside of branches and tags, in a real repository behind each of the emulator's. */
export class GitData {
  readonly #layer: Layer
  readonly #bare = new Map<string, Promise<BareRepository>>()
  #root: Promise<string> | null = null
  /** Set by tests: an older GitHub without `updateRefs`. */
  withoutUpdateRefs = false

  constructor(layer: Layer) {
    this.#layer = layer
  }

  bare(fullName: string): Promise<BareRepository> {
    const made = this.#bare.get(fullName) ?? this.#create(fullName)
    this.#bare.set(fullName, made)
    return made
  }

  async #create(fullName: string): Promise<BareRepository> {
    this.#root ??= mkdtemp(join(tmpdir(), 'stand-in-git-'))
    return BareRepository.create(join(await this.#root, `${fullName.replace('/', '+')}.git`))
  }

  async close(): Promise<void> {
    if (this.#root !== null) await rm(await this.#root, { recursive: true, force: true, maxRetries: 3 })
  }

  handlers(): [string, Handler][] {
    const base = '/repos/{owner}/{repo}/git'
    return [
      [`GET ${base}/ref/{ref}`, (request) => this.#ref(request)],
      [`POST ${base}/refs`, (request) => this.#createRef(request)],
      [`PATCH ${base}/refs/{ref}`, (request) => this.#moveRef(request)],
      [`POST ${base}/trees`, (request) => this.#createTree(request)],
      [`GET ${base}/trees/{tree_sha}`, (request) => this.#tree(request)],
      [`POST ${base}/commits`, (request) => this.#createCommit(request)],
      [`GET ${base}/commits/{commit_sha}`, (request) => this.#commit(request)],
      [`GET ${base}/blobs/{file_sha}`, (request) => this.#blob(request)],
    ]
  }

  async #at(request: LayerRequest, least: 'read' | 'write') {
    const repository = await this.#layer.visibleRepository(request)
    if (least === 'write' || repository.private) {
      this.#layer.requirePermission(request, repository, 'contents', least)
    }
    return { repository, bare: await this.bare(repository.full_name) }
  }

  #forward(request: LayerRequest, repository: RepositoryFields, path: string) {
    const at = `/repos/${repository.full_name}/git/${path}`
    return this.#layer.asCaller(request, 'GET', at).then((body) => ({ status: 200, body }))
  }

  async #ref(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'read')
    const name = request.operation.params.ref ?? ''
    if (!name.startsWith('slipway/')) return this.#forward(request, repository, `ref/${name}`)
    const sha = await bare.ref(`refs/${name}`)
    if (sha === null) throw new Refused(404, 'Not Found')
    return { status: 200, body: refPart(repository, `refs/${name}`, sha) }
  }

  async #createRef(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'write')
    const [name, sha] = [String(request.body.ref), String(request.body.sha)]
    if ((await bare.readCommit(sha)) === null) throw new Refused(422, 'Object does not exist')
    const made = await bare.update([{ name, before: none, after: sha }])
    if (!made) throw new Refused(422, 'Reference already exists')
    return { status: 201, body: refPart(repository, name, sha) }
  }

  async #moveRef(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'write')
    const name = `refs/${request.operation.params.ref}`
    const after = String(request.body.sha)
    const before = await bare.ref(name)
    if (before === null) throw new Refused(422, 'Reference does not exist')
    const forward = request.body.force === true || (await bare.isForward(before, after))
    if (!forward || !(await bare.update([{ name, before, after }])))
      throw new Refused(422, 'Update is not a fast forward')
    return { status: 200, body: refPart(repository, name, after) }
  }

  async #createTree(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'write')
    const over = request.body.base_tree
    const kept = typeof over === 'string' ? await bare.readTree(over) : []
    if (kept === null) throw new Refused(422, 'base_tree is not a valid tree oid')
    const entries = new Map(kept.map((entry) => [entry.path, entry]))
    for (const entry of request.body.tree as Fields[]) {
      const path = String(entry.path)
      const content = entry.content
      const sha =
        typeof content === 'string' ? await bare.write('blob', Buffer.from(content)) : String(entry.sha)
      if ((await bare.read('blob', sha)) === null)
        throw new Refused(422, `tree.sha ${sha} is not a valid blob`)
      entries.set(path, { path, mode: String(entry.mode), sha })
    }
    const tree = [...entries.values()]
    const sha = await bare.writeTree(tree)
    return { status: 201, body: await treePart(repository, bare, sha, tree) }
  }

  async #tree(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'read')
    const asked = request.operation.params.tree_sha ?? ''
    const tree = await bare.readTree(asked)
    if (tree === null) return this.#forward(request, repository, `trees/${asked}`)
    return { status: 200, body: await treePart(repository, bare, asked, tree) }
  }

  async #createCommit(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'write')
    const parents = (request.body.parents ?? []) as string[]
    const author = request.body.author as Fields | undefined
    const date = String(author?.date ?? new Date().toISOString())
    const commit = {
      tree: String(request.body.tree),
      parents,
      message: String(request.body.message),
      seconds: Math.floor(Date.parse(date) / 1000),
    }
    if ((await bare.readTree(commit.tree)) === null) throw new Refused(422, 'Tree SHA does not exist')
    for (const parent of parents)
      if ((await bare.readCommit(parent)) === null) throw new Refused(422, 'Parent SHA does not exist')
    const sha = await bare.writeCommit(commit)
    return { status: 201, body: commitPart(repository, sha, commit) }
  }

  async #commit(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'read')
    const sha = request.operation.params.commit_sha ?? ''
    const commit = await bare.readCommit(sha)
    if (commit === null) return this.#forward(request, repository, `commits/${sha}`)
    return { status: 200, body: commitPart(repository, sha, commit) }
  }

  async #blob(request: LayerRequest) {
    const { repository, bare } = await this.#at(request, 'read')
    const sha = request.operation.params.file_sha ?? ''
    const bytes = await bare.read('blob', sha)
    if (bytes === null) return this.#forward(request, repository, `blobs/${sha}`)
    const url = `${repository.url}/git/blobs/${sha}`
    const content = bytes.toString('base64')
    const body = { sha, node_id: `B_${sha}`, size: bytes.length, url, content, encoding: 'base64' }
    return { status: 200, body }
  }

  /** The mutation `updateRefs`: every ref moves, or none does. Null when the answer is that it did. */
  async updateRefs(request: LayerRequest, updates: readonly RefUpdate[]): Promise<string | null> {
    if (this.withoutUpdateRefs) return "Field 'updateRefs' doesn't exist on type 'Mutation'"
    const { bare } = await this.#at(request, 'write')
    const moves: { name: string; before: string; after: string }[] = []
    for (const { name, beforeOid, afterOid, force } of updates) {
      const before = (await bare.ref(name)) ?? none
      if (beforeOid != null && beforeOid !== before) return `Expected ${name} to point to ${beforeOid}`
      if (before !== none && force !== true && !(await bare.isForward(before, afterOid)))
        return `Update of ${name} is not a fast forward`
      moves.push({ name, before, after: afterOid })
    }
    return (await bare.update(moves)) ? null : 'A ref was changed by someone else'
  }
}

const remembered = new WeakMap<object, GitData>()

export function rememberGitData(github: object, git: GitData): void {
  remembered.set(github, git)
}

/** The git repositories behind a running stand-in. */
export function gitDataOf(github: object): GitData {
  const git = remembered.get(github)
  if (git === undefined) throw new Error('this is no running stand-in')
  return git
}

export interface RefUpdate {
  readonly name: string
  readonly beforeOid?: string | null
  readonly afterOid: string
  readonly force?: boolean
}

function refPart(repository: RepositoryFields, ref: string, sha: string): Fields {
  const url = `${repository.url}/git`
  return {
    ref,
    node_id: `REF_${Buffer.from(ref).toString('base64')}`,
    url: `${url}/${ref}`,
    object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
  }
}

async function treePart(
  repository: RepositoryFields,
  bare: BareRepository,
  sha: string,
  tree: readonly TreeFile[],
): Promise<Fields> {
  const entries = await Promise.all(
    tree.map(async (entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: 'blob',
      sha: entry.sha,
      size: (await bare.read('blob', entry.sha))?.length ?? 0,
      url: `${repository.url}/git/blobs/${entry.sha}`,
    })),
  )
  return { sha, url: `${repository.url}/git/trees/${sha}`, tree: entries, truncated: false }
}

function commitPart(repository: RepositoryFields, sha: string, commit: CommitObject): Fields {
  const person = {
    name: 'github-actions[bot]',
    email: '41898282+github-actions[bot]@users.noreply.github.com',
    date: new Date(commit.seconds * 1000).toISOString().replace('.000', ''),
  }
  const at = (id: string) => ({
    sha: id,
    url: `${repository.url}/git/commits/${id}`,
    html_url: `${repository.html_url}/commit/${id}`,
  })
  return {
    ...at(sha),
    node_id: `C_${sha}`,
    author: person,
    committer: person,
    tree: { sha: commit.tree, url: `${repository.url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map(at),
    verification: {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    },
  }
}
