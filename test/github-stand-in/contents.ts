import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Layer } from './layer.ts'

/** Files of a repository by path; null takes one away. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>

interface TreeEntry {
  readonly path: string
  readonly mode: string
  readonly type: string
  readonly sha: string
}

const leftOut = new Set(['node_modules', '.git', '__pycache__', '.venv'])

/** Every file under a directory, except what no repository holds. */
export async function filesOf(directory: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = relative(directory, join(entry.parentPath, entry.name)).split(sep)
    if (!entry.isFile() || path.some((part) => leftOut.has(part))) continue
    files[path.join('/')] = await readFile(join(entry.parentPath, entry.name))
  }
  return files
}

/** The commit a branch points at, or null while it does not exist. */
export async function headOf(layer: Layer, fullName: string, branch: string): Promise<string | null> {
  return layer
    .asOwner<{ object: { sha: string } }>(fullName, 'GET', `/git/ref/heads/${branch}`)
    .then((ref) => ref.object.sha)
    .catch(() => null)
}

export interface Commit {
  readonly sha: string
  readonly before: string | null
  readonly tree: string
  readonly message: string
  readonly date: string
  /** Paths that were there before. */
  readonly former: ReadonlySet<string>
}

/** Commits files on top of a branch, which begins here (from `from`, when named) if it does not exist. */
export async function commit(
  layer: Layer,
  fullName: string,
  what: { files: Files; message: string; branch: string; from?: string },
): Promise<Commit> {
  const before = await headOf(layer, fullName, what.branch)
  const parent = before ?? (what.from === undefined ? null : await headOf(layer, fullName, what.from))
  const kept = parent === null ? [] : await entriesOf(layer, fullName, parent)
  const tree = kept.filter((entry) => entry.type === 'blob' && what.files[entry.path] === undefined)
  for (const [path, content] of Object.entries(what.files)) {
    if (content === null) continue
    const bytes = Buffer.from(content)
    const body = { content: bytes.toString('base64'), encoding: 'base64' }
    const blob = await layer.asOwner<{ sha: string }>(fullName, 'POST', '/git/blobs', body)
    const mode = bytes.subarray(0, 2).toString() === '#!' ? '100755' : '100644'
    tree.push({ path, mode, type: 'blob', sha: blob.sha })
  }
  const made = await layer.asOwner<{ sha: string }>(fullName, 'POST', '/git/trees', {
    tree: tree.map(({ path, mode, type, sha }) => ({ path, mode, type, sha })),
  })
  const parents = parent === null ? [] : [parent]
  const body = { message: what.message, tree: made.sha, parents }
  const done = await layer.asOwner<{ sha: string; author: { date: string } }>(
    fullName,
    'POST',
    '/git/commits',
    body,
  )
  const ref = `heads/${what.branch}`
  if (before === null)
    await layer.asOwner(fullName, 'POST', '/git/refs', { ref: `refs/${ref}`, sha: done.sha })
  else await layer.asOwner(fullName, 'PATCH', `/git/refs/${ref}`, { sha: done.sha })
  return {
    sha: done.sha,
    before,
    tree: made.sha,
    message: what.message,
    date: done.author.date,
    former: new Set(kept.map((entry) => entry.path)),
  }
}

async function entriesOf(layer: Layer, fullName: string, sha: string): Promise<TreeEntry[]> {
  const found = await layer.asOwner<{ tree: { sha: string } }>(fullName, 'GET', `/git/commits/${sha}`)
  const path = `/git/trees/${found.tree.sha}?recursive=1`
  return (await layer.asOwner<{ tree: TreeEntry[] }>(fullName, 'GET', path)).tree
}

/** Writes the files of a commit into a directory, as a checkout does. */
export async function materialise(
  layer: Layer,
  fullName: string,
  sha: string,
  directory: string,
): Promise<void> {
  for (const entry of await entriesOf(layer, fullName, sha)) {
    if (entry.type !== 'blob') continue
    const blob = await layer.asOwner<{ content: string }>(fullName, 'GET', `/git/blobs/${entry.sha}`)
    const path = join(directory, entry.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, Buffer.from(blob.content, 'base64'))
    if (entry.mode === '100755') await chmod(path, (await stat(path)).mode | 0o111)
  }
}
