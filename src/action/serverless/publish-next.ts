import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getInput, info } from '@actions/core'
import type { NpmFile, PackageFile } from '../../registries/slipway-index/package-file.ts'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { formatReleaseId, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { isDryRun, StepFailure } from '../action-input.ts'
import type { World } from './open-world.ts'

const uploadTimeoutMs = 600_000

/** The finals among files: of these rollouts are made. */
export function finalsOf(files: readonly PackageFile[]): readonly ReleaseId[] {
  return files.flatMap(({ release }) =>
    schemeOf(release.ecosystem).isPrerelease(release.version) ? [] : [formatReleaseId(release)],
  )
}

/**
 * Publishes npm tarballs under the tag `next`. What is there already is left as it is, so that a stopped publish can be
 * repeated.
 */
export async function publishNext(world: World, files: readonly PackageFile[]): Promise<void> {
  const python = files.filter(({ kind }) => kind !== 'npm')
  if (python.length > 0) {
    const names = python.map(({ name }) => name).join(', ')
    throw new StepFailure(
      `files: got ${names}, expected npm tarballs: without a server Python files go to PyPI by pypa/gh-action-pypi-publish, and the command start comes after it`,
    )
  }
  for (const file of files) if (file.kind === 'npm') await publishOne(world, file)
}

async function publishOne(world: World, file: NpmFile): Promise<void> {
  const id = `npm:${file.release.name}`
  const npm = world.registries.find(({ ecosystem }) => ecosystem === 'npm')
  const known = await npm?.read(id)
  if (known?.ok && known.record?.versions[file.release.version] !== undefined) {
    return info(`${file.name}: already there`)
  }
  // The first version of a package has to be latest: npm gives the tag to it anyway.
  const isFirst = known?.ok === true && known.record === null
  const tag = isFirst ? 'latest' : 'next'
  if (isDryRun()) return info(`dry run: would publish ${file.name} as ${tag}`)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-publish-'))
  try {
    const registry = getInput('npm-registry') || 'https://registry.npmjs.org'
    const { host, pathname } = new URL(registry)
    const place = `//${host}${pathname.replace(/\/+$/, '')}/`
    await writeFile(join(folder, 'npmrc'), `${place}:_authToken=\${SLIPWAY_NPM_TOKEN}\n`)
    const end = await runProgram({
      program: process.platform === 'win32' ? 'npm.cmd' : 'npm',
      args: ['publish', file.path, `--registry=${registry}`, `--tag=${tag}`, '--ignore-scripts'],
      cwd: dirname(file.path),
      env: {
        ...process.env,
        SLIPWAY_NPM_TOKEN: getInput('npm-token'),
        npm_config_userconfig: join(folder, 'npmrc'),
        npm_config_update_notifier: 'false',
      },
      timeoutMs: uploadTimeoutMs,
    })
    if (end.code !== 0) throw new StepFailure(`${file.name} was not published: ${end.tail.slice(-1500)}`)
    info(`published ${file.name} as ${tag}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
