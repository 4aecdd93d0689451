import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { mustRun, run } from './processes.ts'
import { cli, root, type Slipway } from './start-slipway.ts'

const source = `${root}examples/maintainer`

/**
 * Lays out the maintainer's repository as it is at a version: the base, the changes of that release, and the
 * version numbers where the ecosystems want them. `good` repairs the buggy lines of 1.2.0.
 */
export async function layOut(
  folder: string,
  version: string,
  how: { readonly good: boolean; readonly quick: boolean },
): Promise<string> {
  const place = join(folder, version)
  await cp(join(source, 'base'), place, { recursive: true })
  if (version !== '1.0.0') await cp(join(source, version), place, { recursive: true })
  await replace(join(place, 'npm/package.json'), /"version": "[^"]*"/, `"version": "${version}"`)
  await replace(join(place, 'python/pyproject.toml'), /^version = "[^"]*"/m, `version = "${version}"`)
  if (how.quick) await replace(join(place, '.github/slipway.yml'), /bake: \d+s/g, 'bake: 2s')
  if (how.good && version === '1.2.0') {
    await replace(
      join(place, 'npm/index.js'),
      /^ {2}const plain = title.*buggy line.*$/m,
      "  const plain = title.normalize('NFKD').replace(/\\p{Mn}/gu, '')",
    )
    await replace(
      join(place, 'python/tidy_slug/__init__.py'),
      /^ {4}plain = title.*buggy line.*$/m,
      '    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))',
    )
  }
  return place
}

async function replace(path: string, pattern: RegExp, text: string): Promise<void> {
  const before = await readFile(path, 'utf8')
  if (!pattern.test(before)) throw new Error(`${path} has nothing like ${pattern}`)
  await writeFile(
    path,
    before.replace(pattern, () => text),
  )
}

/** The real `npm publish` of a folder, with the token where npm looks for it. */
export async function publishToNpm(slipway: Slipway, token: string, folder: string): Promise<void> {
  const registry = `${slipway.url}/npm/`
  const home = join(folder, '..', 'home')
  await mkdir(home, { recursive: true })
  await writeFile(join(home, '.npmrc'), `${registry.replace('http:', '')}:_authToken=${token}\n`)
  await mustRun('npm', ['publish', `--registry=${registry}`], {
    cwd: folder,
    env: { HOME: home, npm_config_cache: join(home, 'cache'), npm_config_update_notifier: 'false' },
  })
}

/** Builds the wheel on the spot with pip; nothing is downloaded, the backend is in the tree. */
export async function buildWheel(folder: string): Promise<string> {
  const wheels = join(folder, '..', 'wheels')
  const args = [
    '-m',
    'pip',
    'wheel',
    '--quiet',
    '--no-deps',
    '--no-index',
    '--disable-pip-version-check',
    '.',
  ]
  await mustRun('python3', [...args, '--wheel-dir', wheels], { cwd: folder, env: { HOME: folder } })
  const [wheel] = await readdir(wheels)
  if (!wheel) throw new Error(`pip wheel made nothing in ${wheels}`)
  return join(wheels, wheel)
}

/** Uploads and starts with the command line, as a maintainer at a desk would. */
export async function publishByCommand(slipway: Slipway, token: string, file: string): Promise<void> {
  await mustRun(process.execPath, [cli, 'publish', file], {
    cwd: root,
    env: { SLIPWAY_SERVER: slipway.url, SLIPWAY_TOKEN: token },
  })
}

/** True when this machine can build and install wheels. */
export async function hasPip(): Promise<boolean> {
  return (await run('python3', ['-m', 'pip', '--version'], { cwd: root })).code === 0
}

/** The form that twine sends to an index's upload address, made by hand: metadata, digests, the file. */
export async function uploadAsTwine(slipway: Slipway, token: string, wheel: string): Promise<void> {
  const bytes = await readFile(wheel)
  const [name = '', version = ''] = basename(wheel).split('-')
  const form = new FormData()
  const fields = {
    ':action': 'file_upload',
    protocol_version: '1',
    metadata_version: '2.1',
    name: name.replaceAll('_', '-'),
    version,
    filetype: 'bdist_wheel',
    pyversion: 'py3',
    requires_python: '>=3.8',
    sha256_digest: createHash('sha256').update(bytes).digest('hex'),
    md5_digest: createHash('md5').update(bytes).digest('hex'),
  }
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append('content', new Blob([bytes]), basename(wheel))
  const response = await fetch(`${slipway.url}/pypi/legacy/`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`__token__:${token}`).toString('base64')}` },
    body: form,
  })
  if (!response.ok) throw new Error(`upload of ${wheel}: ${response.status} ${await response.text()}`)
}
