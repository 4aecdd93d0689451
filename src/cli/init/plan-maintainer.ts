import type { FoundPackage, FoundProject } from './find-project.ts'
import { expression, ownAction, pinnedStep } from './own-action.ts'
import type { InitChoices, PlannedFile } from './planned-file.ts'

/** The policy file and the workflows of somebody who publishes packages. */
export function planMaintainer(project: FoundProject, choices: InitChoices): readonly PlannedFile[] {
  const release = { path: '.github/workflows/slipway-release.yml', text: releaseWorkflow(project, choices) }
  const policy = { path: '.github/slipway.yml', text: policyFile(project.packages, choices) }
  if (choices.server !== null) return [policy, release]
  return [
    policy,
    release,
    { path: '.github/workflows/slipway-tick.yml', text: tickWorkflow(project, choices) },
  ]
}

function policyFile(packages: readonly FoundPackage[], { server, profile }: InitChoices): string {
  const head =
    server === null
      ? '# How releases of these packages go out, without a server: evidence first, then `latest`.\n'
      : '# How releases of these packages go out. slipway check-config reads this file.\n'
  const entries = packages.map(({ id, tag }) =>
    [
      `  - package: ${JSON.stringify(id)}`,
      ...(tag === null ? [] : [`    tags: [${JSON.stringify(tag)}]`]),
      ...(server === null
        ? [
            '    stages:',
            '      - { name: next, percent: 0, bake: 24h }',
            '      - { name: latest, percent: 100, bake: 24h }',
          ]
        : [`    profile: ${profile}`]),
      '    gates:',
      '      blockers: { labels: [release-blocker] } # an open issue with this label stops a release',
    ].join('\n'),
  )
  return `${head}releases:\n${entries.join('\n')}\n`
}

const isNpm = ({ id }: FoundPackage) => id.startsWith('npm:')

/** Files are built by steps of their own, so that Slipway's step gets nothing but files. */
function releaseWorkflow(project: FoundProject, { server, account }: InitChoices): string {
  const npm = project.packages.filter(isNpm)
  const python = project.packages.filter((found) => !isNpm(found))
  const tags = [
    ...new Set(project.packages.flatMap(({ tag }) => (tag === null ? [] : [tag.replace('{version}', '*')]))),
  ]
  const steps = [
    checkout(),
    ...(npm.length > 0 ? [`      - ${pinnedStep('actions/setup-node')}`] : []),
    ...(python.length > 0 ? [`      - ${pinnedStep('actions/setup-python')}`] : []),
    ...npm.map(({ folder }) => `      - run: npm pack --pack-destination "$GITHUB_WORKSPACE"${at(folder)}`),
    ...python.map(
      ({ folder }) =>
        `      - run: python -m pip wheel --no-deps --wheel-dir "$GITHUB_WORKSPACE/dist" .${at(folder)}`,
    ),
    ...(server === null ? withoutServer(npm, python, account) : withServer(npm, python, server, account)),
  ]
  return [
    'name: slipway release',
    'on:',
    '  workflow_dispatch:',
    '  push:',
    `    tags: [${["'v*'", ...tags.map((tag) => `'${tag}'`)].join(', ')}]`,
    'permissions: {}',
    'concurrency: slipway',
    'jobs:',
    '  publish:',
    '    runs-on: ubuntu-latest',
    '    permissions:',
    ...(server === null
      ? [
          '      contents: write # refs/slipway, where the rollout is kept',
          '      issues: write # the tracking issue',
        ]
      : [
          '      contents: read',
          '      id-token: write # the server trusts this workflow, not a stored secret',
        ]),
    '    steps:',
    ...steps,
    '',
  ].join('\n')
}

function withServer(
  npm: readonly FoundPackage[],
  python: readonly FoundPackage[],
  server: string,
  account: string,
) {
  const files = [...(npm.length > 0 ? ["'*.tgz'"] : []), ...(python.length > 0 ? ["'dist/*'"] : [])]
  return [
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: publish',
    `          server: ${server}`,
    ...(files.length === 1
      ? [`          files: ${files[0]}`]
      : ['          files: |', ...files.map((file) => `            ${file.slice(1, -1)}`)]),
  ]
}

function withoutServer(npm: readonly FoundPackage[], python: readonly FoundPackage[], account: string) {
  const forNpm = [
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: publish # under the tag next; the tick moves latest',
    "          files: '*.tgz'",
    `          npm-token: ${expression('secrets.NPM_TOKEN')}`,
  ]
  const forPython = python.flatMap(({ id, tag }, index) => [
    '      # Before this step, upload dist/* to PyPI the way you do today; a final is public there from its first byte.',
    `      - id: version${index}`,
    `        run: echo "is=\${GITHUB_REF_NAME#${(tag ?? 'v{version}').replace('{version}', '')}}" >> "$GITHUB_OUTPUT"`,
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: start',
    `          releases: ${id}@${expression(`steps.version${index}.outputs.is`)}`,
    "          files: 'dist/*'",
  ])
  return [...(npm.length > 0 ? forNpm : []), ...forPython]
}

function tickWorkflow({ packages }: FoundProject, { account }: InitChoices): string {
  return [
    'name: slipway tick',
    'on:',
    '  workflow_dispatch:',
    '  schedule:',
    "    - cron: '7,22,37,52 * * * *'",
    'permissions: {}',
    'concurrency: slipway',
    'jobs:',
    '  tick:',
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      contents: write # refs/slipway',
    '      issues: write # the tracking issue and its commands',
    '    steps:',
    checkout(),
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: tick',
    ...(packages.some(isNpm)
      ? [
          `          npm-token: ${expression('secrets.NPM_TOKEN')} # without it, moving latest is a checklist in the tracking issue`,
        ]
      : []),
    '',
  ].join('\n')
}

/** A checkout that leaves no credentials for the steps after it. */
export function checkout(): string {
  return `      - ${pinnedStep('actions/checkout')}\n        with: { persist-credentials: false }`
}

/** The folder that a step runs in, where it is not the root. */
function at(folder: string): string {
  return folder === '.' ? '' : `\n        working-directory: ${folder}`
}
