import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { deflateSync, inflateSync } from 'node:zlib'

type Kind = 'blob' | 'tree' | 'commit'

export interface TreeFile {
  readonly path: string
  readonly mode: string
  readonly sha: string
}

export interface CommitObject {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly seconds: number
}

const run = promisify(execFile)
const who = 'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>'
let files = 0

/**
 * A real bare git repository. Objects are written as git keeps them (a process for each would take most of a
 * test's time); refs are moved by git itself, in its own transactions.
 */
export class BareRepository {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  static async create(directory: string): Promise<BareRepository> {
    await run('git', ['init', '--bare', '--quiet', directory])
    return new BareRepository(directory)
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', ['--git-dir', this.directory, ...args], {
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }

  async write(kind: Kind, body: Buffer): Promise<string> {
    const whole = Buffer.concat([Buffer.from(`${kind} ${body.length}\0`), body])
    const sha = createHash('sha1').update(whole).digest('hex')
    const path = this.#pathOf(sha)
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${++files}`
    await writeFile(temporary, deflateSync(whole))
    await rename(temporary, path)
    return sha
  }

  /** Null when there is no such object of this kind. */
  async read(kind: Kind, sha: string): Promise<Buffer | null> {
    const packed = await readFile(this.#pathOf(sha)).catch(() => null)
    if (packed === null) return null
    const whole = inflateSync(packed)
    const end = whole.indexOf(0)
    return whole.subarray(0, end).toString().startsWith(`${kind} `) ? whole.subarray(end + 1) : null
  }

  writeTree(entries: readonly TreeFile[]): Promise<string> {
    const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
    const parts = sorted.flatMap(({ mode, path, sha }) => [
      Buffer.from(`${mode} ${path}\0`),
      Buffer.from(sha, 'hex'),
    ])
    return this.write('tree', Buffer.concat(parts))
  }

  async readTree(sha: string): Promise<TreeFile[] | null> {
    const body = await this.read('tree', sha)
    if (body === null) return null
    const entries: TreeFile[] = []
    for (let at = 0; at < body.length; ) {
      const end = body.indexOf(0, at)
      const [mode = '', path = ''] = body.subarray(at, end).toString().split(' ', 2)
      entries.push({ mode, path, sha: body.subarray(end + 1, end + 21).toString('hex') })
      at = end + 21
    }
    return entries
  }

  writeCommit({ tree, parents, message, seconds }: CommitObject): Promise<string> {
    const lines = [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${who} ${seconds} +0000`,
      `committer ${who} ${seconds} +0000`,
      '',
      message,
    ]
    return this.write('commit', Buffer.from(lines.join('\n')))
  }

  async readCommit(sha: string): Promise<CommitObject | null> {
    const text = (await this.read('commit', sha))?.toString()
    if (text === undefined) return null
    const end = text.indexOf('\n\n')
    const lines = text.slice(0, end).split('\n')
    const all = (name: string) =>
      lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
    return {
      tree: all('tree')[0] ?? '',
      parents: all('parent'),
      message: text.slice(end + 2),
      seconds: Number(/> (\d+) /.exec(all('author')[0] ?? '')?.[1] ?? 0),
    }
  }

  async ref(name: string): Promise<string | null> {
    return readFile(join(this.directory, name), 'utf8').then(
      (text) => text.trim(),
      () => null,
    )
  }

  /** Whether `after` has `before` among its ancestors. */
  async isForward(before: string, after: string): Promise<boolean> {
    const seen = new Set<string>()
    const open = [after]
    for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
      if (sha === before) return true
      if (seen.has(sha)) continue
      seen.add(sha)
      open.push(...((await this.readCommit(sha))?.parents ?? []))
    }
    return false
  }

  /** One transaction of git: all refs move, or none does. False when one is not where it was said to be. */
  async update(moves: readonly { name: string; before: string; after: string }[]): Promise<boolean> {
    const lines = moves.map(({ name, before, after }) => `update ${name} ${after} ${before}\n`)
    const child = spawn('git', ['--git-dir', this.directory, 'update-ref', '--stdin'], { stdio: 'pipe' })
    child.stdin.end(`start\n${lines.join('')}prepare\ncommit\n`)
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve(code === 0))
    })
  }

  #pathOf(sha: string): string {
    return join(this.directory, 'objects', sha.slice(0, 2), sha.slice(2))
  }
}
