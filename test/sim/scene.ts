import { luckOf } from './luck.ts'
import type { SimWorld } from './sim-world.ts'

export const owner = '1'
export const appCanary = '2'
export const siteCanary = '3'
export const toolCanary = '4'

const withAction =
  'jobs:\n  test:\n    steps:\n      - uses: acme/slipway@v1\n        with: { command: canary, run: npm test }\n'
const unaided =
  'on: { workflow_dispatch: { inputs: { slipway: {} } } }\njobs: { test: { steps: [{ run: npm test }] } }\n'

function ownersFile({ seed, packageId }: SimWorld): string {
  const luck = luckOf(seed, 'policy')
  const bake = () => luck.pick(['5m', '20m', '1h', '3h'])
  const gates = [
    `canaries: { tries: ${luck.between(1, 3)}, timeout: ${luck.pick(['1h', '6h'])} }`,
    ...(luck.chance(0.7) ? ['blockers: { labels: [regression] }'] : []),
    ...(luck.chance(0.3) ? ['checks: { required: [ci] }'] : []),
    ...(luck.chance(0.2) ? ['approval: { by: write }'] : []),
  ]
  const onNewer = luck.pick(['overtake', 'overtake', 'pipeline'])
  const line = luck.pick(['minor', 'minor', 'major', 'package'])
  return `releases:
  - package: ${packageId}
    onNewer: ${onNewer}
    line: ${line}
    stages:
      - { name: canaries, percent: 0, bake: ${bake()} }
      - { name: early, percent: 10, bake: ${bake()} }
      - { name: half, percent: 50, bake: ${bake()} }
      - { percent: 100, bake: ${bake()} }
    gates:
${gates.map((line) => `      ${line}`).join('\n')}
    canaries:
      - { repo: acme/app, required: true }
      - { repo: acme/site, required: ${luck.chance(0.5)} }
      - { repo: acme/* }
`
}

const offer = (packageId: string, timeout: string) =>
  `canaries:\n  - { for: "${packageId}", workflow: ci.yml, timeout: ${timeout} }\n`

/** An owner, a dependent with the Action, one without it, and one whose word is advice. */
export async function setScene(world: SimWorld): Promise<void> {
  const { github, packageId, stores } = world
  const files = (workflow: string, timeout: string) => ({
    '.github/slipway.yml': offer(packageId, timeout),
    '.github/workflows/ci.yml': workflow,
  })
  github.addRepository(owner, 'acme/lib', { '.github/slipway.yml': ownersFile(world) })
  github.addRepository(appCanary, 'acme/app', files(withAction, '30m'))
  github.addRepository(siteCanary, 'acme/site', files(unaided, '1h'))
  github.addRepository(toolCanary, 'acme/tool', files(withAction, '2h'))
  await stores.access.setOwner({ package: packageId, repositoryId: owner, repository: 'acme/lib' })
}
