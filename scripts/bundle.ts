import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

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
      'slipway/simulate-worker': `${root}src/main/simulate-worker.ts`,
    },
    cwd: root,
    platform: 'node',
    external: /^(?!\.|\/|slipway$)/,
  })
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'slipway/[name].js',
    minify: false,
  })
  await build.close()
}
