import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositories } from './github-world.ts'
import { npmLatest } from './index-client.ts'
import { mustRun } from './processes.ts'
import { buildWheel, publishByCommand, publishToNpm } from './publish-release.ts'
import { say } from './say.ts'
import type { Stage } from './stage.ts'
import { root } from './start-slipway.ts'

/** Registers the packages' owner as an operator would, and makes the token that the maintainer publishes with. */
export async function settleOwnership(stage: Stage): Promise<string> {
  const { slipway, world } = stage
  for (const address of ['npm/tidy-slug', 'pypi/tidy-slug']) {
    const response = await fetch(`${slipway.url}/api/v1/packages/${address}/owner`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${slipway.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ repositoryId: String(world.maintainerId), repository: repositories.maintainer }),
    })
    if (!response.ok) throw new Error(`owner of ${address}: ${response.status} ${await response.text()}`)
  }
  const made = (await slipway.command([
    ...['token', 'create', '--scopes', 'publish'],
    ...['--packages', 'npm:tidy-slug,npm:price-tag,pypi:tidy-slug'],
  ])) as { token: string }
  say(`${repositories.maintainer} owns npm:tidy-slug and pypi:tidy-slug; a publish token is made`)
  return made.token
}

/** 1.0.0 of both ecosystems, and a second package that has nothing to do with any rollout. */
export async function publishFirst(stage: Stage, base: string): Promise<void> {
  const { slipway, token, folder, world } = stage
  const other = join(folder, 'price-tag')
  await cp(`${root}examples/maintainer/price-tag`, other, { recursive: true })
  await publishToNpm(slipway, token, other)
  await publishToNpm(slipway, token, join(base, 'npm'))
  if (stage.python) await publishByCommand(slipway, token, await buildWheel(join(base, 'python')))
  await world.github.publishRelease(repositories.maintainer, { tag: 'v1.0.0' })
  say(
    `npm publish and slipway publish are through; everybody gets ${await npmLatest(slipway.url, '', 'tidy-slug')}`,
  )
}

/** The shop locks its dependencies with the real npm, on what everybody gets today. */
export async function lockShop(stage: Stage): Promise<void> {
  const shop = join(stage.folder, 'shop')
  await cp(`${root}examples/dependents/shop`, shop, { recursive: true })
  // Written here too: npm leaves files of this name out of every package, so out of Slipway's own.
  const settings = 'omit-lockfile-registry-resolved=true\n'
  await writeFile(join(shop, '.npmrc'), settings)
  const registry = `--registry=${stage.slipway.url}/channel/stable/npm/`
  await mustRun('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund', registry], {
    cwd: shop,
    env: { HOME: stage.folder, npm_config_update_notifier: 'false' },
  })
  const lock = await readFile(join(shop, 'package-lock.json'), 'utf8')
  if (/127\.0\.0\.1|channel/.test(lock)) throw new Error('the lockfile holds an address of the index')
  const files = { '.npmrc': settings, 'package-lock.json': lock }
  await stage.world.github.commitFiles(repositories.shop, files, { message: 'Lock' })
  say(`${repositories.shop} locked its dependencies; the lockfile holds no address of the index`)
}
