import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startGithub } from '../../test/github-stand-in/github.ts'
import type { GithubStandIn } from '../../test/github-stand-in/stand-in.ts'
import { root } from './start-slipway.ts'

export const repositories = {
  maintainer: 'harbor/tidy-slug',
  shop: 'corner/shop',
  news: 'daily/news',
  reports: 'ledger/reports',
} as const

export interface World {
  readonly github: GithubStandIn
  readonly app: { readonly id: string; readonly privateKey: string; readonly webhookSecret: string }
  readonly maintainerId: number
}

/** A GitHub with an App on it and four repositories; webhooks go to `receiver`. */
export async function startWorld(options: {
  readonly receiver: string
  readonly base: string
  readonly python: boolean
  /** Replaces the shop's test by one that never looks at accents. */
  readonly blindTest: boolean
  readonly onViolation: (text: string) => void
}): Promise<World> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const webhookSecret = randomBytes(24).toString('hex')
  const github = await startGithub({
    app: { id: 4711, privateKey: pem },
    accounts: { users: ['marta'], orgs: ['harbor', 'corner', 'daily', 'ledger'] },
    webhook: { url: options.receiver, secret: webhookSecret },
    onViolation: (violation) => options.onViolation(JSON.stringify(violation)),
  })
  const { id } = await github.createRepository({ fullName: repositories.maintainer, files: options.base })
  await github.setPermission(repositories.maintainer, 'marta', 'maintain')
  const dependents = `${root}examples/dependents`
  await github.createRepository({ fullName: repositories.shop, files: join(dependents, 'shop') })
  await github.createRepository({ fullName: repositories.news, files: join(dependents, 'news') })
  if (options.python)
    await github.createRepository({ fullName: repositories.reports, files: join(dependents, 'reports') })
  if (options.blindTest) await blindTests(github, dependents, options.python)
  return { github, app: { id: '4711', privateKey: pem, webhookSecret }, maintainerId: id }
}

/** The same tests with plain letters only: they pass on every version, so they miss the bug. */
async function blindTests(github: GithubStandIn, dependents: string, python: boolean): Promise<void> {
  const plain = (text: string): string =>
    text.replaceAll('Crème brûlée', 'Creme brulee').replaceAll('Café Zoë', 'Cafe Zoe')
  const swap = async (repository: string, folder: string, path: string): Promise<void> => {
    const text = plain(await readFile(join(dependents, folder, path), 'utf8'))
    await github.commitFiles(repository, { [path]: text }, { message: 'Test with plain letters' })
  }
  await swap(repositories.shop, 'shop', 'test/product-page.test.js')
  if (python) await swap(repositories.reports, 'reports', 'tests/test_report_name.py')
}
