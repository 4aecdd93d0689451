import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { satisfies } from '@renovatebot/pep440'
import { namedRelease } from '../../registries/slipway-index/named-release.ts'
import { metadataValue, readPythonMetadata } from '../../registries/slipway-index/python-metadata.ts'
import { formatReleaseId, type Release, type ReleaseId } from '../../versions/release.ts'
import { runInArm } from './arm-program.ts'
import type { ArmWorkspace } from './arm-workspace.ts'
import type { Installer } from './installer.ts'
import { fieldOf, readJson } from './read-json.ts'

const WINDOWS = process.platform === 'win32'

/** pip, into a virtual environment of the arm's own, or a plain folder where Python has no `venv`. */
export const pipInstaller: Installer = {
  ecosystem: 'pypi',
  detects: (project) => argumentsFor(project) !== null,
  prepare: makeEnvironment,
  async install(workspace, _releases, timeoutMs) {
    const args = ['-m', 'pip', 'install', ...(argumentsFor(workspace.project) ?? [])]
    const end = await runInArm(workspace, python(workspace), args, timeoutMs)
    const log = `$ pip ${args.slice(2).join(' ')}\n${end.tail}`
    return end.code === 0 ? { ok: true, log } : { ok: false, timedOut: end.timedOut, log }
  },
  async installed(workspace, releases) {
    const ids: ReleaseId[] = []
    for (const folder of await siteFolders(workspace)) ids.push(...(await distributions(folder, releases)))
    return [...new Set(ids)].sort()
  },
  async chosen(workspace, releases, timeoutMs) {
    const report = join(workspace.folder, 'pip-report.json')
    const dry = ['--dry-run', '--ignore-installed', '--quiet', '--report', report]
    const args = ['-m', 'pip', 'install', ...dry, ...(argumentsFor(workspace.project) ?? [])]
    await runInArm(workspace, python(workspace), args, timeoutMs)
    const items = fieldOf(await readJson(report), 'install')
    return Array.isArray(items) ? items.flatMap((item) => chosenOf(fieldOf(item, 'metadata'), releases)) : []
  },
  async asksFor(workspace, { name, version }) {
    for (const file of ['requirements.txt', 'pyproject.toml']) {
      const text = await readFile(join(workspace.project, file), 'utf8').catch(() => '')
      const asked = requirementFor(text, name)
      if (asked !== null) return { phrase: `${file} asks for ${asked}`, takes: takes(asked, version) }
    }
    return null
  },
}

function argumentsFor(project: string): readonly string[] | null {
  if (existsSync(join(project, 'requirements.txt'))) return ['-r', 'requirements.txt']
  const isProject = ['pyproject.toml', 'setup.py'].some((file) => existsSync(join(project, file)))
  return isProject ? ['.'] : null
}

const environmentOf = (workspace: ArmWorkspace): string => join(workspace.folder, 'venv')
const targetOf = (workspace: ArmWorkspace): string => join(workspace.folder, 'site')
const binOf = (workspace: ArmWorkspace): string => join(environmentOf(workspace), WINDOWS ? 'Scripts' : 'bin')

function python(workspace: ArmWorkspace): string {
  const own = join(binOf(workspace), WINDOWS ? 'python.exe' : 'python')
  if (existsSync(own)) return own
  return WINDOWS ? 'python' : 'python3'
}

async function makeEnvironment(workspace: ArmWorkspace, timeoutMs: number): Promise<ArmWorkspace> {
  const args = ['-m', 'venv', environmentOf(workspace)]
  const made = await runInArm(workspace, python(workspace), args, timeoutMs)
  const path = (folder: string): string => `${folder}${delimiter}${workspace.env.PATH ?? ''}`
  if (made.code === 0) {
    const env = { ...workspace.env, VIRTUAL_ENV: environmentOf(workspace), PATH: path(binOf(workspace)) }
    return { ...workspace, env }
  }
  const target = targetOf(workspace)
  await mkdir(target, { recursive: true })
  const env = {
    ...workspace.env,
    PIP_TARGET: target,
    PIP_BREAK_SYSTEM_PACKAGES: '1',
    PYTHONPATH: target,
    PATH: path(join(target, 'bin')),
  }
  return { ...workspace, env }
}

async function siteFolders(workspace: ArmWorkspace): Promise<readonly string[]> {
  const lib = join(environmentOf(workspace), WINDOWS ? 'Lib' : 'lib')
  const versions = await readdir(lib).catch(() => [])
  const folders = WINDOWS
    ? [join(lib, 'site-packages')]
    : versions.map((name) => join(lib, name, 'site-packages'))
  return [...folders, targetOf(workspace)].filter((folder) => existsSync(folder))
}

/**
 * Read from the files, because asking the interpreter would run code of what was just installed. What has a
 * `direct_url.json` (PEP 610) came from a folder, file or address and not from the arm's index.
 */
async function distributions(folder: string, releases: readonly Release[]): Promise<readonly ReleaseId[]> {
  const found: ReleaseId[] = []
  for (const entry of await readdir(folder)) {
    if (!entry.endsWith('.dist-info') || existsSync(join(folder, entry, 'direct_url.json'))) continue
    const text = await readFile(join(folder, entry, 'METADATA'), 'utf8').catch(() => '')
    const metadata = readPythonMetadata(text)
    found.push(...wanted(metadataValue(metadata, 'name'), metadataValue(metadata, 'version'), releases))
  }
  return found
}

function chosenOf(metadata: unknown, releases: readonly Release[]): readonly ReleaseId[] {
  const name = fieldOf(metadata, 'name')
  const version = fieldOf(metadata, 'version')
  return wanted(
    typeof name === 'string' ? name : null,
    typeof version === 'string' ? version : null,
    releases,
  )
}

function wanted(
  name: string | null,
  version: string | null,
  releases: readonly Release[],
): readonly ReleaseId[] {
  const release = namedRelease('pypi', name ?? '', version ?? '')
  if (!release.ok) return []
  const asked = releases.some((one) => one.ecosystem === 'pypi' && one.name === release.value.name)
  return asked ? [formatReleaseId(release.value)] : []
}

/** The requirement that names a package, spelled in any of the ways that mean the same name. */
function requirementFor(text: string, name: string): string | null {
  const spelled = name.split('-').map(escapeWord).join('[-_.]+')
  const match = new RegExp(
    `(?:^|["'\\s])(${spelled}(?:\\[[^\\]]*\\])?\\s*(?:[<>=!~][^"'#;\\n\\\\]*)?)(?=["'#;\\s\\\\]|$)`,
    'im',
  ).exec(text)
  return match?.[1]?.trim() ?? null
}

/** Without a specifier every version is taken; one that cannot be read takes none. */
function takes(requirement: string, version: string): boolean {
  const specifier = requirement.replace(/^[A-Za-z0-9._-]+(\[[^\]]*\])?/, '').trim()
  return specifier === '' || satisfies(version, specifier)
}

function escapeWord(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
