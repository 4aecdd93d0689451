import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { info } from '@actions/core'
import type { PackageFile } from '../../registries/slipway-index/package-file.ts'
import { readRelease } from '../../registries/slipway-index/publish-files.ts'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { sayProblem } from '../../versions/problem.ts'
import { inputLines, StepFailure } from '../action-input.ts'

const packMs = 600_000

/**
 * What would be published: the files that `files` names; without it an npm project is packed as `npm publish` would,
 * into a folder of its own. Python is built by the job, because every project builds it otherwise.
 */
export async function builtForCompare(): Promise<readonly PackageFile[]> {
  const patterns = inputLines('files')
  const read = await readRelease(
    patterns.length > 0 ? patterns : [await packed()],
    process.cwd(),
    inputLines('packages'),
  )
  if (!read.ok) throw new StepFailure(read.problems.map(sayProblem).join('\n'))
  return read.files
}

async function packed(): Promise<string> {
  if (!existsSync('package.json'))
    throw new StepFailure(
      'files: got nothing, and there is no package.json to pack; expected files or patterns, such as dist/*.whl after python -m build',
    )
  const folder = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'slipway-packed-'))
  const end = await runProgram({
    program: process.platform === 'win32' ? 'npm.cmd' : 'npm',
    args: ['pack', '--pack-destination', folder],
    cwd: process.cwd(),
    env: { ...process.env, npm_config_update_notifier: 'false' },
    timeoutMs: packMs,
  })
  if (end.code !== 0) throw new StepFailure(`npm pack ended with ${end.code}: ${end.tail.slice(-1500)}`)
  info('packed by npm pack')
  return join(folder, '*.tgz')
}
