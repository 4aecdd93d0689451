import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import {
  formatReleaseId,
  type PackageId,
  packageIdOf,
  parsePackageId,
  type ReleaseId,
} from '../../versions/release.ts'
import { namedRelease } from '../slipway-index/named-release.ts'
import { runProgram } from '../slipway-index/run-program.ts'
import { installedModules } from './module-tree.ts'
import { pythonDistributions, siteFoldersOf } from './python-distributions.ts'
import { fieldOf, readJson } from './read-json.ts'

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
const INTERPRETER_TIMEOUT_MS = 20_000

/**
 * Packages that a project asks for by name, read from its own files and lockfiles. They count even when
 * installing them failed: a candidate that cannot be installed is what a count must not miss.
 */
export async function askedPackages(project: string): Promise<readonly PackageId[]> {
  const manifest = await readJson(join(project, 'package.json'))
  const names = GROUPS.flatMap((group) => Object.keys(Object(fieldOf(manifest, group))))
  const lock = await readJson(join(project, 'package-lock.json'))
  const places = Object.keys(Object(fieldOf(lock, 'packages')))
  const locked = places
    .flatMap((place) => place.split('node_modules/').slice(-1))
    .filter((name) => name !== '')
  const python = await pythonNames(project)
  const texts = [
    ...[...names, ...locked].map((name) => `npm:${name}`),
    ...python.map((name) => `pypi:${name}`),
  ]
  const ids = texts.flatMap((text) => {
    const id = parsePackageId(text)
    return id.ok ? [packageIdOf(id.value)] : []
  })
  return [...new Set(ids)].sort()
}

/** What the clients of a job have installed: under `node_modules`, and where its Python looks. */
export async function installedReleases(
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly ReleaseId[]> {
  const modules = await installedModules(project)
  const npm = modules.flatMap(({ name, version }) => {
    const release = namedRelease('npm', name, version)
    return release.ok ? [formatReleaseId(release.value)] : []
  })
  const folders = await pythonFolders(project, env)
  const python = (await Promise.all(folders.map(pythonDistributions))).flat()
  return [...new Set([...npm, ...python])].sort()
}

/** Names at the start of a requirement, in `requirements*.txt` and in the lists of `pyproject.toml`. */
async function pythonNames(project: string): Promise<readonly string[]> {
  const files = await readdir(project).catch(() => [])
  const lists = files.filter((file) => /^requirements.*\.(txt|in)$/.test(file))
  const texts = await Promise.all(lists.map((file) => readFile(join(project, file), 'utf8')))
  const lines = texts.flatMap((text) => [...text.matchAll(/^\s*([A-Za-z0-9][A-Za-z0-9._-]*)/gm)])
  const toml = await readFile(join(project, 'pyproject.toml'), 'utf8').catch(() => '')
  const quoted = [
    ...toml.matchAll(/["']([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:[<>=!~;@][^"']*)?["']/g),
    ...toml.matchAll(/^([A-Za-z0-9][A-Za-z0-9._-]*)\s*=\s*(?:["'][\^~<>=*\d]|\{)/gm),
  ]
  return [...lines, ...quoted].map((match) => match[1] ?? '')
}

async function pythonFolders(project: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const environments = [env.VIRTUAL_ENV ?? '', join(project, '.venv'), join(project, 'venv')].filter(
    (folder) => folder !== '' && existsSync(folder),
  )
  const own = (await Promise.all(environments.map(siteFoldersOf))).flat()
  return own.length > 0 ? own : await interpreterFolders(env)
}

/** Where the Python on the path keeps packages. Asked in isolated mode (`-I`), so that no code of the job runs. */
async function interpreterFolders(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const path = (env.PATH ?? '').split(delimiter)
  const program = ['python', 'python3'].find((name) => path.some((folder) => existsSync(join(folder, name))))
  if (program === undefined) return []
  const script = 'import sysconfig; print(sysconfig.get_paths()["purelib"])'
  const end = await runProgram({
    program,
    args: ['-I', '-S', '-c', script],
    cwd: process.cwd(),
    env,
    timeoutMs: INTERPRETER_TIMEOUT_MS,
  })
  return end.code === 0 ? [end.stdout.trim()] : []
}
