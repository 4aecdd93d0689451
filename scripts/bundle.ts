import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** The Action: one self-contained file. Same sources give the same bytes. */
export async function bundleAction(file: string): Promise<void> {
  const build = await rolldown({
    input: `${root}src/main/action.ts`,
    cwd: root,
    platform: 'node',
    // Of this package only the run's context is used; its client would bring a second copy of undici along.
    treeshake: { moduleSideEffects: [{ test: /node_modules\/@actions\/github\//, sideEffects: false }] },
  })
  await build.write({
    file,
    format: 'esm',
    codeSplitting: false,
    minify: false,
    sourcemap: false,
    // Names and lines stay readable; what explains them stands in the sources. Licences stay.
    comments: { legal: true, annotation: false, jsdoc: false },
  })
  await build.close()
}

/**
 * The command line and the server: our own code only, packages stay outside. The server is a chunk of its
 * own, loaded by `serve` alone; a thread of `simulate` is a program of its own.
 */
export async function bundleCli(folder: string): Promise<void> {
  await rm(`${folder}/slipway`, { recursive: true, force: true })
  const build = await rolldown({
    input: {
      slipway: `${root}src/main/cli.ts`,
      'slipway/simulate-worker': `${root}src/main/workers/simulate-worker.ts`,
      'slipway/contents-worker': `${root}src/main/workers/contents-worker.ts`,
      'slipway/digest-worker': `${root}src/main/workers/digest-worker.ts`,
      'slipway/document-worker': `${root}src/main/workers/document-worker.ts`,
    },
    cwd: root,
    platform: 'node',
    // What `engines` names is what it is built for.
    transform: { target: 'node22.19' },
    external: /^(?!\.|\/|slipway$)/,
  })
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'slipway/[name].js',
    minify: false,
    // As in the Action: what explains the names stands in the sources.
    comments: { legal: true, annotation: false, jsdoc: false },
  })
  await build.close()
}

/**
 * The demonstration with everything that it stands on, GitHub's stand-in included, so that it runs from the
 * installed package, where Node strips no types and development dependencies are missing.
 */
export async function bundleDemo(folder: string): Promise<void> {
  const place = `${folder}/demo`
  await rm(place, { recursive: true, force: true })
  const build = await rolldown({
    input: { demo: `${root}examples/demo/demo.ts` },
    cwd: root,
    platform: 'node',
    plugins: [githubOnly],
  })
  const { output } = await build.write({
    file: `${place}/demo.js`,
    format: 'esm',
    codeSplitting: false,
    minify: true,
  })
  await build.close()
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  await writeFile(`${place}/licences.txt`, await licencesOf(modules))
  // The emulator reads what its own pages look like when it is loaded.
  await cp(`${root}node_modules/emulate/dist/fonts`, `${place}/fonts`, { recursive: true })
  // Beside the bundle as it lies beside the stand-in's sources.
  const description = 'fixtures/github/openapi-subset.json.gz'
  await mkdir(`${folder}/fixtures/github`, { recursive: true })
  await cp(`${root}test/${description}`, `${folder}/${description}`)
}

/** The emulator knows other services than GitHub; each is a module of its own that nobody asks for here. */
const githubOnly: Plugin = {
  name: 'github-only',
  load: {
    filter: { id: /node_modules\/emulate\/dist\/dist-\w+\.js$/ },
    handler: async (id) => {
      const code = await readFile(id, 'utf8')
      return code.includes('/repos/:owner/:repo') ? code : 'export {}'
    },
  },
}

/** The licence texts of all packages whose code is in a bundle. */
async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []))
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
      const files = (await readdir(folder))
        .filter((file) => /^(?:licen[cs]e|third.?party)/i.test(file))
        .sort()
      const words = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
      return [`${name} ${version} (${license})`, ...words].join('\n\n')
    }),
  )
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
